// The bar says how old the data is, and whether the dashboard itself answers.

import { announce } from "./announce.js";
import { renewAge, updateAges } from "./page-ages.js";

let problem = "";  // what the bar says while the dashboard does not answer

const feedState = () => document.querySelector("#pulse [data-feed]");

// The dashboard answered: all ages of the data go on from its last word, whether anything has changed or not.
export function markReachable(age) {
  const state = feedState();
  if (problem) announce("The dashboard answers again");
  problem = "";
  showInTab();
  if (!state?.dataset.state) return;
  state.dataset.feed = state.dataset.state;
  state.querySelector("[data-word]").textContent = state.dataset.state;
  for (const element of document.querySelectorAll("[data-age]")) {
    element.dataset.age = age ?? element.dataset.age;
    renewAge(element, age ? 0 : undefined);
  }
  updateAges();
}

// The first reason stays until the dashboard answers again.
export function markUnreachable(reason) {
  if (!problem) announce(`The dashboard: ${reason}`);
  problem ||= reason;
  showInTab();
  const state = feedState();
  if (!state?.querySelector("[data-word]")) return;
  state.dataset.feed = "away";
  state.querySelector("[data-word]").textContent = problem;
}

export const isUnreachable = () => problem !== "";

// The tab says it too: its title, and an icon of a shape of its own.
const AWAY = "(no answer) ";
function showInTab() {
  const title = document.title.replace(AWAY, "");
  document.title = problem ? AWAY + title : title;
  const icon = document.querySelector("#icon");
  icon.setAttribute("href", problem ? icon.dataset.away : document.querySelector("#alarm").dataset.icon);
}
