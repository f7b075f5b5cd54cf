// The start page: looks at the browser, downloads what the hall needs, opens the hall, and says in words what goes wrong.

import { check } from "./checks.js";
import { bytesOf, download, forget, listFiles } from "./download.js";
import * as own from "./own.js";

const MODEL = "weights/builtin";
const PROGRAM = "./latentarium_web.js";
/** As the transition of #start-page in page.css. */
const FADE_MS = 400;

const part = (id) => document.getElementById(id);
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** "before" the visitor starts, "opening", "open", or "over". */
let phase = "before";
let device = "auto";
/** The downloaded WebAssembly, a Response. */
let downloaded;
/** The module of the hall's program, once it runs. */
let program;

part("start").addEventListener("click", start);
part("retry").addEventListener("click", fetchAll);
part("without-link").addEventListener("click", () => {
  history.replaceState(null, "", location.pathname + location.search);
  start();
});
part("reload").addEventListener("click", () => location.reload());
part("card-reload").addEventListener("click", () => location.reload());
part("card-go-on").addEventListener("click", () => part("card").close());
part("card").addEventListener("close", () => {
  // Escape must not lead back to a hall that stands still.
  if (part("card-go-on").hidden) part("card").showModal();
  else part("hall").focus();
});
part("see-tour").addEventListener("click", seeTour);
part("skip").addEventListener("click", (event) => {
  // The part of the address behind # is the visit's.
  event.preventDefault();
  const first = [...document.querySelectorAll(".buttons button")].find((button) => !button.hidden && !button.disabled);
  (first ?? part("visit-title")).focus();
});
part("fullscreen-choice").hidden = !document.fullscreenEnabled;

prepare();

async function prepare() {
  const found = await check();
  if (found.trouble) {
    offer();
    part("see-tour").classList.add("first");
    part("fullscreen-choice").hidden = true;
    return trouble(found.trouble.title, found.trouble.text);
  }
  const asked = new URLSearchParams(location.search).get("device");
  if (["auto", "gpu", "cpu"].includes(asked)) {
    device = asked;
  } else {
    device = found.device;
    part("note").textContent = found.note ?? "";
  }
  own.offerOwnModel(renewStart);
  await fetchAll();
}

async function fetchAll() {
  const stopping = new AbortController();
  part("cancel").onclick = () => stopping.abort();
  renewStart();
  offer("start", "cancel");
  working("The download begins.", 0);
  try {
    const files = await listFiles(stopping.signal);
    const all = bytesOf(files);
    part("size").textContent = megabytes(all);
    downloaded = await download(files, stopping.signal, (bytes) => {
      working(`${megabytes(bytes)} of ${megabytes(all)}`, bytes / all);
    });
  } catch (error) {
    part("retry").textContent = stopping.signal.aborted ? "Go on with the download" : "Try again";
    offer("retry");
    if (stopping.signal.aborted) {
      working("The download is cancelled. What has come is kept.", part("progress").value);
    } else {
      trouble("The download has failed", `${error.message} Look at the connection and try again; what has come is kept.`);
    }
    return;
  }
  working("Everything is here.", 1);
  renewStart();
  offer("start");
  part("announcement").textContent = "The download is complete. You can start.";
}

function renewStart() {
  part("start").disabled = !downloaded || Boolean(own.copying);
  part("start").textContent = own.chosen ? "Start with your model" : "Start";
}

async function start() {
  // Before anything is awaited: a browser fills the screen only while it answers a press.
  if (part("fullscreen").checked) document.documentElement.requestFullscreen().catch(() => {});
  phase = "opening";
  offer();
  part("visit-title").focus();
  part("fullscreen-choice").hidden = true;
  part("own").hidden = true;
  // The hall takes its size from the room, so the room has to be there before it.
  part("hall-room").hidden = false;
  working("The program starts.");
  try {
    program ??= await run();
  } catch (error) {
    // What came is what is wrong, so it has to come anew.
    if (error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError) await forget();
    return end("The program of the hall cannot be started", `Load the page again; if that does not help, close other tabs or take another browser. (${error.message})`);
  }
  try {
    const model = own.chosen ? program.bring_model(own.chosen.name, own.chosen.paths, own.chosen.files) : MODEL;
    program.open_hall(location.hash, model, device, calm(), matchMedia("(prefers-contrast: more)").matches);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return crashed(error);
    phase = "before";
    part("hall-room").hidden = true;
    offer("without-link");
    trouble("The hall cannot be opened like this", error.message);
  }
}

/** Runs the downloaded program. */
async function run() {
  // Asked anew, so that the browser does not import an older one from its cache than the WebAssembly belongs to.
  await fetch(PROGRAM, { cache: "no-cache" }).catch(() => {});
  const module = await import(PROGRAM);
  const { memory } = await module.default({ module_or_path: downloaded });
  // For tests, which watch that it does not grow.
  window.latentariumMemory = memory;
  return module;
}

/** What the program tells. */
const news = {
  loading({ what, fraction }) {
    if (phase === "opening") working(what, fraction);
  },
  ready() {
    if (phase !== "opening") return;
    phase = "open";
    const page = part("start-page");
    page.classList.add("leaving");
    page.inert = true;
    setTimeout(() => (page.hidden = true), calm() ? 0 : FADE_MS);
    part("hall").focus({ preventScroll: true });
  },
  failed({ message }) {
    if (phase === "open") showCard("Something went wrong", message, { canGoOn: true });
    else end("The hall cannot be opened", `${message} Load the page again, or see the tour in pictures.`);
  },
  left() {
    end("You have left the hall", "Load the page again to come back: the address keeps your visit.");
  },
  lost() {
    end(
      "The graphics chip has left the hall",
      "The browser has taken it away, perhaps because the device slept or its driver was renewed. " +
        "Load the page again: the address keeps your visit.",
    );
  },
};
addEventListener("latentarium", ({ detail }) => {
  const told = JSON.parse(detail);
  news[told.kind]?.(told);
});

// A panic of the program arrives here, as nobody awaits it.
addEventListener("error", ({ error }) => error instanceof WebAssembly.RuntimeError && crashed(error));
addEventListener("unhandledrejection", ({ reason }) => reason instanceof WebAssembly.RuntimeError && crashed(reason));

function crashed(error) {
  end("The hall has stopped", `Its program ran into an error (${error.message}). Load the page again: the address keeps your visit.`);
}

/** The hall does not go on: what first went wrong is said, and stays. */
function end(title, text) {
  if (phase === "over") return;
  if (phase === "open") {
    showCard(title, text, { canGoOn: false });
  } else {
    part("hall-room").hidden = true;
    offer("reload");
    trouble(title, text);
  }
  phase = "over";
}

function showCard(title, text, { canGoOn }) {
  part("card-title").textContent = title;
  part("card-text").textContent = text;
  part("card-go-on").hidden = !canGoOn;
  if (!part("card").open) part("card").showModal();
}

/** `fraction`: 0..1; without it nobody knows how long it takes. */
function working(what, fraction) {
  part("trouble").hidden = true;
  part("progress-of-visit").hidden = false;
  part("status").textContent = what;
  if (fraction === undefined) part("progress").removeAttribute("value");
  else part("progress").value = fraction;
}

function trouble(title, text) {
  part("progress-of-visit").hidden = true;
  // Shown first: a screen reader tells what changes in an alert that is there.
  part("trouble").hidden = false;
  part("trouble-title").textContent = title;
  part("trouble-text").textContent = text;
}

/** Shows these buttons, and of the others only the one to the pictures. */
function offer(...ids) {
  const left = document.activeElement;
  for (const id of ["start", "retry", "without-link", "reload", "cancel"]) part(id).hidden = !ids.includes(id);
  // Who pressed a button that has gone stands before the one that came.
  const next = ids.map(part).find((button) => !button.disabled);
  if (left?.tagName === "BUTTON" && left.hidden && next) next.focus();
}

function seeTour() {
  const tour = part("tour");
  tour.hidden = !tour.hidden;
  part("see-tour").setAttribute("aria-expanded", String(!tour.hidden));
  if (tour.hidden) return;
  tour.scrollIntoView({ behavior: calm() ? "auto" : "smooth" });
  part("tour-title").focus({ preventScroll: true });
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
