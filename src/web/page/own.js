// The section “Your own model”: the visitor chooses a folder, and may have the browser keep a copy of it.

import { FolderError, fromHandle, fromInput, size } from "./folder.js";
import { KeepError, keep, keptModels, remove } from "./kept.js";

const part = (id) => document.getElementById(id);

/** What Start opens the hall with, `{ name, bytes, paths, files }`; undefined is the built-in model. */
export let chosen;
/** Stops the copy that is being made; undefined while there is none. */
export let copying;

/** Whether `chosen` is a kept copy itself. */
let isCopy = false;
let canKeep = false;
/** Called when `chosen` or `copying` has changed. */
let changed;

/** Shows the section. */
export async function offerOwnModel(whenChanged) {
  changed = whenChanged;
  part("own").hidden = false;
  await listKept();
  // Who has a model here may have come back for it.
  if (!part("own-kept").hidden) part("own").open = true;
}

part("own-choose").addEventListener("click", async () => {
  if (!window.showDirectoryPicker) return askInput();
  let handle;
  try {
    handle = await showDirectoryPicker({ id: "model" });
  } catch (error) {
    // An AbortError: the visitor has chosen none.
    if (error.name !== "AbortError") askInput();
    return;
  }
  take(() => fromHandle(handle));
});
part("own-folder").addEventListener("change", ({ target }) => {
  if (target.files.length > 0) take(() => fromInput(target.files));
});
part("own-builtin").addEventListener("click", () => {
  choose(undefined);
  part("own-choose").focus();
});
part("own-keep").addEventListener("change", ({ target }) => {
  if (copying) copying.abort();
  else if (target.checked) makeCopy();
  else removeCopy(chosen.name);
});
part("own-cancel").addEventListener("click", () => copying.abort());

function askInput() {
  // Otherwise the same folder, chosen once more, would be no change.
  part("own-folder").value = "";
  part("own-folder").click();
}

async function take(read) {
  say("The folder is being looked at.");
  try {
    choose(await read());
  } catch (error) {
    const isTold = error instanceof FolderError;
    trouble(isTold ? error.message : `The folder cannot be read (${error.message}). Choose it again, or another one.`);
  }
}

function choose(model, fromKept = false) {
  chosen = model;
  isCopy = fromKept;
  offerCopy();
  part("own-keep").checked = false;
  part("own-builtin").hidden = !model;
  sayChosen();
  changed();
}

function offerCopy() {
  part("own-keep-choice").hidden = !chosen || isCopy || !canKeep;
}

async function makeCopy() {
  const { name, bytes } = chosen;
  const { signal } = (copying = new AbortController());
  busy(true);
  say("A copy is being made.");
  let error;
  try {
    await keep(chosen, signal, (done) => {
      part("own-progress").value = done / bytes;
      part("own-copied").textContent = `${size(done)} of ${size(bytes)}`;
    });
  } catch (why) {
    error = why;
  }
  copying = undefined;
  busy(false);
  part("own-keep").checked = !error;
  await listKept();
  if (!error) say(`A copy of ${name} is kept in this browser. Start opens the hall with it.`);
  else if (signal.aborted) say(`The copy is cancelled. Start opens the hall with your folder ${name}.`);
  else trouble(`${inWords(error)} It goes without a copy: the hall reads your folder.`);
}

function inWords(error) {
  if (error instanceof KeepError) return error.message;
  if (error.name === "QuotaExceededError") return "The browser has no more room for the copy.";
  return `The copy could not be made (${error.message}).`;
}

/** While a copy is being made nothing else is chosen. */
function busy(isBusy) {
  part("own-choices").disabled = isBusy;
  part("own-progress").value = 0;
  part("own-copied").textContent = "";
  if (document.activeElement === part("own-cancel")) part("own-keep").focus();
  part("own-copy").hidden = !isBusy;
  changed();
}

async function removeCopy(name) {
  try {
    await remove(name);
  } catch (error) {
    return trouble(`The copy of ${name} cannot be removed (${error.message}). Close other windows with this page and try again.`);
  }
  if (chosen?.name === name) {
    if (isCopy) choose(undefined);
    part("own-keep").checked = false;
  }
  await listKept();
  say(`The copy of ${name} is removed.`);
}

async function listKept() {
  let kept = [];
  try {
    kept = await keptModels();
    canKeep = true;
  } catch {
    // A browser without such a place, or one that closes it to private windows.
    canKeep = false;
  }
  offerCopy();
  part("own-kept").hidden = kept.length === 0;
  const stoodHere = part("own-list").contains(document.activeElement);
  part("own-list").replaceChildren(...kept.map(entryOf));
  if (stoodHere) part("own-choose").focus();
}

function entryOf(model) {
  const name = document.createElement("span");
  name.textContent = `${model.name}, ${size(model.bytes)}`;
  const use = button("Use it", model, () => choose(model, true));
  const away = button("Remove it", model, () => removeCopy(model.name));
  const entry = document.createElement("li");
  entry.append(name, use, away);
  return entry;
}

function button(text, { name }, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.ariaLabel = `${text}: ${name}`;
  made.addEventListener("click", press);
  return made;
}

function sayChosen() {
  say(chosen ? `${chosen.name}, ${size(chosen.bytes)}. Start opens the hall with it.` : "");
}

function say(text) {
  part("own-trouble").hidden = true;
  part("own-status").textContent = text;
}

function trouble(text) {
  sayChosen();
  // Shown first, as in page.js.
  part("own-trouble").hidden = false;
  part("own-trouble-text").textContent = text;
}
