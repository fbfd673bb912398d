// Sorting, filtering, and what a cell means.  All words are in the page already: nothing is made here.
"use strict";
const all = (where, what) => [...where.querySelectorAll(what)];
const one = id => document.getElementById(id);

// ---- sorting: by the ranks that the cells bring along; who has none comes last, either way ----

function sort(head) {
    const table = head.closest("table"), body = table.tBodies[0];
    const down = head.getAttribute("aria-sort") === "ascending";
    const ranked = all(body, "tr").map((row, place) => {
        const cell = row.querySelector(`[data-f="${head.dataset.f}"]`);
        return { row, place, rank: cell && cell.dataset.rank ? Number(cell.dataset.rank) : NaN };
    });
    ranked.sort((a, b) =>
        isNaN(a.rank) - isNaN(b.rank) || (down ? b.rank - a.rank : a.rank - b.rank) || a.place - b.place);
    for (const other of all(table, "th[aria-sort]"))
        other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...ranked.map(each => each.row));
}

// ---- filtering: both tables and the list ----

function filter() {
    const language = one("language").value, words = one("find").value.toLowerCase().split(/\s+/);
    for (const row of all(document, "[data-words]"))
        row.hidden = (language && row.dataset.language !== language)
            || !words.every(word => row.dataset.words.includes(word));
    const rows = all(one("table"), "tbody tr");
    one("count").value = `${rows.filter(row => !row.hidden).length} of ${rows.length} loops`;
    for (const table of all(document, "table[data-cells]"))
        enterAt(table, all(table, "tbody tr:not([hidden]) td button")[0]);
}

// ---- one cell of a table is reached by Tab, the others from there by arrow keys ----

function enterAt(table, button) {
    for (const other of all(table, "td button"))
        other.tabIndex = other === button ? 0 : -1;
}

function move(event) {
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const button = event.target.closest("td button");
    if (!button || !steps[event.key])
        return;
    const [down, right] = steps[event.key], table = button.closest("table");
    const rows = all(table, "tbody tr:not([hidden])").filter(row => row.querySelector("td button"));
    const row = button.closest("tr");
    const place = all(row, "td button").indexOf(button);
    const next = rows[rows.indexOf(row) + down];
    const found = next && all(next, "td button")[place + right];
    event.preventDefault();
    if (found) {
        enterAt(table, found);
        found.focus();
    }
}

// ---- a cell's meaning ----

const copyOf = element => [...element.childNodes].map(node => node.cloneNode(true));

function tell(button) {
    const cell = button.closest("td"), row = cell.closest("tr"), figure = one(`figure-${cell.dataset.f}`);
    const { scenario, marks } = figure.parentElement.dataset, told = one(`scenario-${scenario}`);
    one("cell-title").textContent = `${row.dataset.loop}: ${figure.textContent}`;
    one("cell-release").textContent = `${row.dataset.release}, ${row.dataset.language}`;
    one("cell-value").textContent = cell.dataset.full || button.textContent;
    one("cell-means").replaceChildren(...copyOf(figure.parentElement.querySelector("dd")));
    one("cell-marks").replaceChildren(...copyOf(one(marks)));
    one("cell-marks").hidden = /^(number|words)\b/.test(cell.className) && !button.textContent.endsWith("*");
    one("cell-done").hidden = one("cell-done-head").hidden = !told;
    one("cell-done").replaceChildren(...(told ? copyOf(told.querySelector(".told")) : []));
    const narrowed = scenario ? ` --scenario ${scenario}` : "";
    one("cell-again").textContent = `edgewise fingerprint ${row.dataset.loop}${narrowed} --json -`;
    one("cell-row").textContent = `${cell.closest("table").dataset.cells} ${row.dataset.loop}`;
    enterAt(cell.closest("table"), button);
    one("cell").showModal();
}

function openNamed() {
    const named = location.hash && one(decodeURIComponent(location.hash.slice(1)));
    if (named && named.tagName === "DETAILS") {
        named.hidden = false;
        named.open = true;
        named.scrollIntoView();
    }
}

document.addEventListener("click", event => {
    const button = event.target.closest("button");
    const head = button && button.closest("th[aria-sort]");
    if (head)
        sort(head);
    else if (button && button.closest("td"))
        tell(button);
    else if (event.target === one("cell"))
        one("cell").close(); // beside what it shows
});
document.addEventListener("keydown", move);
one("language").addEventListener("change", filter);
one("find").addEventListener("input", filter);
one("all").addEventListener("click", () => {
    one("language").value = one("find").value = "";
    filter();
});
addEventListener("hashchange", openNamed);
filter();
openNamed();
