// What the gateways told the application, side by side: a column per gateway, a row per key.

import { breakable, byId, element } from "./dom.js";

// Keys that differ between any two requests or processes: a difference in value says nothing about
// the gateway, so only their absence counts. [pattern, reason]
const UNLIKE_BY_NATURE = [
  [/^REMOTE_PORT$/, "the portal's own port, new with each connection"],
  [/^UNIQUE_ID$/, "made for each request by Apache's mod_unique_id"],
  [/^REQUEST_TIME/, "a clock"],
  [/^SERVER_ADDR$/, "the container's address, given by Docker"],
  [/^uwsgi\.(node|core)$/, "the container's host name; the thread that happened to answer"],
  [/^(mod_wsgi|apache)\..*(_start|_id|_requests|_time)$/, "clocks, counters and identifiers"],
  [/^(pid|ppid|thread|requests|started)$/, "/probe/process: identifiers, a counter and a clock"],
];

// What a reader compares first comes first; keys that are not named here follow.
const PROCESS_KEYS = ["server_software", "python", "workers", "threads", "multiprocess",
  "multithread", "run_once", "pid", "ppid", "thread", "requests", "started"];

const CGI = new RegExp("^(AUTH_TYPE|CONTENT_LENGTH|CONTENT_TYPE|GATEWAY_INTERFACE|HTTPS|PATH_INFO|"
  + "PATH_TRANSLATED|QUERY_STRING|(DOCUMENT|REMOTE|REQUEST|SCRIPT|SERVER)_.*)$");
const GROUPS = [
  ["WSGI", /^wsgi\./],
  ["CGI", CGI],
  ["Request headers", /^HTTP_/],
  ["Particular to a server", /^/],
];

/** What a cell shows: {text, type}, or null where the key is absent. */
function entryOf(data, key, typed) {
  if (!Object.hasOwn(data, key)) return null;
  const { type, value } = typed ? Object(data[key]) : { type: "str", value: data[key] };
  return { type, text: typeof value === "string" ? value : String(JSON.stringify(value)) };
}

/** The same for gateways that differ only by name, by nature or by an address in memory. */
function essenceOf(entry, key, name) {
  if (entry === null) return "absent";
  if (UNLIKE_BY_NATURE.some(([pattern]) => pattern.test(key))) return "present";
  return `${entry.type} ${entry.text.replaceAll(name, "<name>").replace(/0x[0-9a-f]+/g, "0x…")}`;
}

/** The essence that more than half of the gateways share, if there is one. */
function majority(essences) {
  const times = Map.groupBy(essences, (essence) => essence);
  return [...times.keys()].find((one) => times.get(one).length * 2 > essences.length);
}

function rowOf(key, columns, field) {
  const cells = columns.map((gateway) => {
    const answer = gateway[field];
    if (!answer?.ok) return { missing: answer ? "no answer" : "asking …" };
    const entry = entryOf(answer.data, key, field === "environ");
    return { entry, essence: essenceOf(entry, key, gateway.name) };
  });
  const essences = cells.filter(({ missing }) => !missing).map(({ essence }) => essence);
  const differs = new Set(essences).size > 1;
  const usual = differs ? majority(essences) : undefined;
  for (const cell of cells) cell.odd = usual !== undefined && !cell.missing && cell.essence !== usual;
  return { key, cells, differs };
}

function drawCell({ missing, entry, odd }) {
  if (missing) return element("td", { class: "quiet" }, missing);
  const shown = entry === null ? ["—"] : entry.text === "" ? ["(empty)"] : breakable(entry.text);
  const plain = entry !== null && entry.text !== "";
  const value = element("span", { class: `${plain ? "value" : "quiet"}${odd ? " odd" : ""}` }, ...shown);
  const type = entry && entry.type !== "str" ? [" ", element("small", {}, entry.type)] : [];
  return element("td", {}, value, ...type);
}

function drawRow({ key, cells, differs }) {
  const mark = differs ? [" ", element("span", { class: "mark" }, "≠ differs")] : [];
  return element("tr", { "data-key": key, "data-differs": differs },
    element("th", { scope: "row" }, element("code", {}, ...breakable(key)), ...mark),
    ...cells.map(drawCell));
}

function drawHead(columns, field) {
  const heads = columns.map((gateway) => {
    const head = element("th", { scope: "col" }, ...breakable(gateway.name));
    const answer = gateway[field];
    if (answer && !answer.ok) {
      head.append(element("small", {}, `no answer: ${answer.absent ? "not running" : answer.why}`));
    }
    return head;
  });
  return element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Key"), ...heads));
}

function drawGroup(title, rows, columns) {
  const head = element("th", { scope: "rowgroup", colspan: columns.length + 1 },
    element("span", {}, title));
  return element("tbody", {}, element("tr", { class: "group" }, head), ...rows.map(drawRow));
}

function drawTable(field, columns, bodies) {
  byId(field).style.setProperty("--columns", columns.length);
  byId(field).replaceChildren(drawHead(columns, field), ...bodies);
}

function keysOf(columns, field) {
  const answers = columns.map((gateway) => gateway[field]).filter((answer) => answer?.ok);
  return [...new Set(answers.flatMap(({ data }) => Object.keys(data)))].sort();
}

function mentions({ key, cells }, filter) {
  const texts = [key, ...cells.map(({ entry }) => entry?.text ?? "")];
  return texts.some((text) => text.toLowerCase().includes(filter));
}

export function drawProcess(columns) {
  const keys = new Set([...PROCESS_KEYS, ...keysOf(columns, "process")]);
  const rows = [...keys].map((key) => rowOf(key, columns, "process"));
  drawTable("process", columns, [element("tbody", {}, ...rows.map(drawRow))]);
}

/** Draws the keys that differ, or all; returns how many there are: {all, differing, shown}. */
export function drawEnviron(columns, { only, filter }) {
  const rows = keysOf(columns, "environ").map((key) => rowOf(key, columns, "environ"));
  const wanted = filter.trim().toLowerCase();
  const shown = rows.filter((row) => (row.differs || !only) && mentions(row, wanted));
  const groups = Map.groupBy(shown, ({ key }) => GROUPS.find(([, pattern]) => pattern.test(key))[0]);
  const bodies = GROUPS.filter(([title]) => groups.has(title))
    .map(([title]) => drawGroup(title, groups.get(title), columns));
  drawTable("environ", columns, bodies);
  const differing = rows.filter(({ differs }) => differs).length;
  return { all: rows.length, differing, shown: shown.length };
}
