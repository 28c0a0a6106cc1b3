// Tables sort by a click on a column's head, rows without a figure last in both directions, and show the rows
// that contain what is typed; a link to a gateway opens its section, and print shows all of them.
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell ? cell.dataset.value ?? cell.textContent : "";
  };
  const compare = (a, b) => {
    const numbers = [a, b].map(Number);
    return numbers.every((number) => !Number.isNaN(number))
      ? numbers[0] - numbers[1]
      : a.localeCompare(b);
  };
  for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const [filled, empty] = [true, false].map((wanted) =>
        [...body.rows].filter((row) => (value(row, column) !== "") === wanted),
      );
      filled.sort((a, b) => compare(value(a, column), value(b, column)));
      body.append(...(down ? filled.reverse() : filled), ...empty);
    });
  }
  const filter = document.createElement("input");
  filter.type = "search";
  filter.placeholder = "show rows with …";
  filter.setAttribute("aria-label", "show rows with");
  filter.addEventListener("input", () => {
    for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(filter.value.toLowerCase());
  });
  table.before(filter);
}
const sections = [...document.querySelectorAll("section.gateway > details")];
const open = () => {
  const details = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.querySelector("details");
  if (details) details.open = true;
};
addEventListener("hashchange", open);
open();
let closed = [];
addEventListener("beforeprint", () => {
  closed = sections.filter((details) => !details.open);
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});
