// The list of gateways and their live state.

import { ask, forEachAtOnce, text } from "./ask.js";
import { breakable, byId, element } from "./dom.js";

const POLL_MS = 5000;

// State by icon and word, never by colour alone.
const ICON = { healthy: "✓", "not answering": "✕", "not running": "○", asking: "…" };

function quirksOf({ quirks = [] }) {
  if (!quirks.length) return [];
  const items = quirks.map(({ summary, reference }) => {
    const item = element("li", {}, summary);
    if (/^https?:/.test(reference)) {
      item.append(" ", element("a", { href: reference, rel: "noreferrer" }, "Reference"));
    }
    return item;
  });
  const count = items.length === 1 ? "1 known quirk" : `${items.length} known quirks`;
  return [element("details", {}, element("summary", {}, count), element("ul", {}, ...items))];
}

function cell(label, ...content) {
  return element("td", { role: "cell", "data-label": label }, ...content);
}

function linksOf({ name, port }) {
  const own = `http://${location.hostname}:${port}/`;
  return [
    ["Board", `gateway/${name}/`, `Board of ${name} under its prefix`],
    ["Probe", `gateway/${name}/probe/`, `Probe of ${name}`],
    // Last: it is the documented default, and a variable may have moved it.
    [`:${port}`, own, `${name} at its own address ${own}`],
  ].map(([label, href, spoken]) => element("a", { href, "aria-label": spoken }, label));
}

function rowOf(gateway) {
  const head = element("th", { scope: "row", role: "rowheader" },
    element("code", {}, ...breakable(gateway.name)),
    element("p", {}, gateway.title),
    element("p", { class: "quiet" }, gateway.process_model ?? ""),
    ...quirksOf(gateway));
  const row = element("tr", { role: "row", id: `gateway-${gateway.name}` }, head,
    cell("State"),
    cell("Web server", gateway.web_server === "none" ? "—" : gateway.web_server),
    cell("Interface", gateway.interface),
    cell("Application server", ...breakable(gateway.application_server || "—")),
    cell("Open", ...linksOf(gateway)));
  row.cells[1].classList.add("state");
  row.cells[5].classList.add("open");
  return row;
}

function stateOf(health) {
  if (!health) return ["asking", ""];
  if (health.ok) return ["healthy", ""];
  return health.absent ? ["not running", ""] : ["not answering", health.why];
}

function showState({ name, health }) {
  const [state, why] = stateOf(health);
  const target = byId(`gateway-${name}`).cells[1];
  target.dataset.state = state;
  target.replaceChildren(
    element("span", { class: "icon", "aria-hidden": "true" }, ICON[state]),
    element("span", {}, state, " ", element("small", {}, why)));
}

function showSummary(gateways) {
  const healthy = gateways.filter(({ health }) => health?.ok).length;
  const summary = `${healthy} of ${gateways.length} gateways answer`;
  // A live region is read aloud whenever it is written to, changed or not.
  if (byId("summary").textContent !== summary) byId("summary").textContent = summary;
}

function familyOf(webServer, gateways) {
  const title = webServer === "none" ? "No web server in front" : webServer;
  const head = element("th", { scope: "rowgroup", colspan: 6, role: "rowheader" }, title);
  return element("tbody", { role: "rowgroup" },
    element("tr", { role: "row", class: "family" }, head), ...gateways.map(rowOf));
}

/** A group for each web server, in the order of the catalogue. */
export function listGateways(gateways) {
  const families = Map.groupBy(gateways, (gateway) => gateway.web_server);
  byId("gateways").append(...[...families].map((family) => familyOf(...family)));
  gateways.forEach(showState);
}

/** Hides the rows of all but these, and groups without a row. */
export function showRows(gateways) {
  const shown = new Set(gateways.map(({ name }) => `gateway-${name}`));
  for (const body of byId("gateways").tBodies) {
    const rows = [...body.rows].slice(1);
    for (const row of rows) row.hidden = !shown.has(row.id);
    body.hidden = rows.every((row) => row.hidden);
  }
}

async function poll(gateways, { onReturn, onState }) {
  await forEachAtOnce(gateways, async (gateway) => {
    const before = gateway.health;
    gateway.health = await ask(`gateway/${gateway.name}/healthz`, text);
    showState(gateway);
    if (before?.absent !== gateway.health.absent) onState();
    if (before && !before.ok && gateway.health.ok) onReturn(gateway);
  });
  showSummary(gateways);
}

/** Polls as long as somebody may be looking; onReturn is told of a gateway that came back, onState of a change. */
export function watch(gateways, listeners) {
  let timer;
  let running = false;
  const round = async () => {
    clearTimeout(timer);
    if (running || document.hidden) return;
    running = true;
    await poll(gateways, listeners);
    running = false;
    timer = setTimeout(round, POLL_MS);
  };
  document.addEventListener("visibilitychange", round);
  round();
}
