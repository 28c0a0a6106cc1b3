// Starts the page and connects its controls. No other host is ever asked for anything.

import { ask, forEachAtOnce, json } from "./ask.js";
import { drawEnviron, drawProcess } from "./comparison.js";
import { byId, element } from "./dom.js";
import { listGateways, showRows, watch } from "./gateways.js";

let gateways = [];
// What the reader chose to see; kept in the address, so that a view can be bookmarked and shared.
// Hidden gateways rather than chosen ones: one that is added later shows up in an old bookmark.
const view = { hidden: new Set(), only: true, filter: "", find: "", running: false };

function readView() {
  const chosen = new URLSearchParams(location.hash.slice(1));
  view.hidden = new Set((chosen.get("hide") ?? "").split(",").filter(Boolean));
  view.only = chosen.get("keys") !== "all";
  view.filter = chosen.get("filter") ?? "";
  view.find = chosen.get("find") ?? "";
  view.running = chosen.has("running");
}

function writeView() {
  const chosen = new URLSearchParams();
  if (view.hidden.size) chosen.set("hide", [...view.hidden].join(","));
  if (!view.only) chosen.set("keys", "all");
  if (view.filter) chosen.set("filter", view.filter);
  if (view.find) chosen.set("find", view.find);
  if (view.running) chosen.set("running", "only");
  history.replaceState(null, "", `#${chosen.toString().replaceAll("%2C", ",")}`);
}

/** Whether the reader looks for it: each word is in one of its names. */
function isFound(gateway) {
  const { name, title, web_server: webServer, interface: spoken, application_server: server } = gateway;
  const names = [name, title, webServer, spoken, server].join(" ").toLowerCase();
  return view.find.toLowerCase().split(/\s+/).every((word) => names.includes(word));
}

const isAbsent = ({ health }) => health?.absent === true;

function draw() {
  const found = gateways.filter(isFound);
  const listed = view.running ? found.filter((gateway) => !isAbsent(gateway)) : found;
  showRows(listed);
  byId("found").textContent = `${listed.length} of ${gateways.length} listed`;
  // What does not run has nothing to compare.
  const columns = found.filter((gateway) => !view.hidden.has(gateway.name) && !isAbsent(gateway));
  drawProcess(columns);
  const { all, differing, shown } = drawEnviron(columns, view);
  byId("count").textContent = `${differing} of ${all} keys differ, ${shown} shown`;
  byId("shown").textContent = `${columns.length} of ${gateways.length}`;
}

function show() {
  byId("only").checked = view.only;
  byId("filter").value = view.filter;
  byId("find").value = view.find;
  byId("running").checked = view.running;
  for (const box of byId("pick").querySelectorAll("input")) box.checked = !view.hidden.has(box.value);
  draw();
}

function change(choice) {
  Object.assign(view, choice);
  writeView();
  show();
}

function pickBox({ name }) {
  const box = element("input", { type: "checkbox", value: name });
  box.addEventListener("change", () => {
    const hidden = new Set(view.hidden);
    if (box.checked) hidden.delete(name);
    else hidden.add(name);
    change({ hidden });
  });
  return element("label", {}, box, " ", name);
}

async function compare(asked) {
  await forEachAtOnce(asked, async (gateway) => {
    gateway.process = await ask(`gateway/${gateway.name}/probe/process`, json);
    gateway.environ = await ask(`gateway/${gateway.name}/probe/environ`, json);
    draw();
  });
  byId("asked").textContent = `Asked at ${new Date().toLocaleTimeString()}`;
}

async function compareAll() {
  const button = byId("ask");
  // Not "disabled": that would take the focus away from whoever pressed it.
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  await compare(gateways);
  button.removeAttribute("aria-disabled");
}

function connectControls() {
  byId("pick").append(...gateways.map(pickBox));
  byId("ask").addEventListener("click", compareAll);
  byId("show-all").addEventListener("click", () => change({ hidden: new Set() }));
  byId("show-none").addEventListener("click",
    () => change({ hidden: new Set(gateways.map(({ name }) => name)) }));
  byId("only").addEventListener("change", () => change({ only: byId("only").checked }));
  byId("filter").addEventListener("input", () => change({ filter: byId("filter").value }));
  byId("find").addEventListener("input", () => change({ find: byId("find").value }));
  byId("running").addEventListener("change", () => change({ running: byId("running").checked }));
  for (const id of ["filter", "find"]) {
    byId(id).form.addEventListener("submit", (event) => event.preventDefault());
  }
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();  // the address holds the view, not a place on the page
    byId("environ").parentElement.focus();
  });
  addEventListener("hashchange", () => {
    readView();
    show();
  });
}

async function start() {
  const catalogue = await ask("gateways.json", json);
  if (!catalogue.ok) {
    byId("failure").textContent = `The list of gateways could not be read: ${catalogue.why}.`;
    byId("failure").hidden = false;
    return;
  }
  gateways = catalogue.data.gateways;
  listGateways(gateways);
  connectControls();
  readView();
  show();
  document.querySelector("main").hidden = false;
  watch(gateways, { onReturn: (gateway) => compare([gateway]), onState: draw });
  compareAll();
}

start();
