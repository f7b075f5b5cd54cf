// The hall in a browser: what a visitor of the page meets, in Chromium with WebGPU in software.
//
//   make test-web                              builds dist/ and the native program, installs node's packages, runs this
//   LATENTARIUM_RENEW_SCREENS=1 make test-web  also writes screens/ anew; look at them before you keep them
//
// By hand: LATENTARIUM=…/latentarium node --test hall.test.mjs
// CHROMIUM names the browser (/usr/bin/chromium), DIST the folder of the page (dist/).

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { MINUTE, ask, downloaded, enter, fakeGamepad, link, newPage, news, newsOf, stillScreen, told } from "./browser.mjs";
import { compareWithNative } from "./native.mjs";
import { browser, pageTest, server } from "./page_test.mjs";
import { DIST } from "./serve.mjs";
import { greyOf, ssim, variance } from "./ssim.mjs";

// Those of assets/tour/two_minutes.ron.
const STOPS = [
  "hall", "words", "tokens", "text_encoder", "noise", "unet", "attention", "guidance", "scheduler", "decoder", "picture", "map",
];
const RUN = { prompt: "an oil painting of a red boat on the sea at sunset", seed: 7, steps: 4 };
const UNET = "weights/builtin/unet/diffusion_pytorch_model.safetensors";
const WASM = "latentarium_web_bg.wasm";
const SCREENS = new URL("screens/", import.meta.url);
const RIGHT_BUMPER = 5;

describe("the start page", () => {
  pageTest("paints its title before any download", {}, async (page) => {
    server.faults.set("files.json", "silence");
    await page.goto(server.url, { waitUntil: "domcontentloaded" });
    assert.ok(await page.getByRole("heading", { name: "The Latentarium", level: 1 }).isVisible());
    assert.ok(await page.locator("#start").isDisabled());
  });

  pageTest("is readable without JavaScript", { javaScriptEnabled: false }, async (page) => {
    await page.goto(server.url);
    assert.ok(await page.getByRole("heading", { name: "The Latentarium", level: 1 }).isVisible());
    // By its place: to look for words inside a noscript Playwright does not do.
    assert.ok(await page.locator("noscript p").isVisible());
    assert.match(await page.locator("noscript p").innerText(), /The hall needs JavaScript/);
    assert.equal(await page.locator("#tour figure").filter({ visible: true }).count(), STOPS.length);
  });

  pageTest("downloads to the end and asks nobody else", {}, async (page) => {
    const foreign = [];
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url)) foreign.push(request.url());
    });
    await page.goto(server.url);
    await downloaded(page);
    assert.equal(await page.locator("#progress").evaluate((bar) => bar.value), 1);
    const files = JSON.parse(await readFile(join(DIST, "files.json")));
    const bytes = [files.wasm, ...files.model].reduce((sum, file) => sum + file.bytes, 0);
    assert.equal(await page.locator("#size").textContent(), `${(bytes / 1e6).toFixed(1)} MB`);
    assert.deepEqual(foreign, []);
  });

  pageTest("asks for nothing twice", {}, async (page) => {
    await page.goto(server.url);
    await downloaded(page);
    // Whatever is asked for again fails now.
    server.faults.set(UNET, "error").set(WASM, "error");
    await page.reload();
    await downloaded(page);
  });

  pageTest("can cancel the download and go on with it", {}, async (page) => {
    server.faults.set(UNET, "silence");
    await page.goto(server.url);
    await page.click("#cancel");
    await page.getByText("The download is cancelled").waitFor();
    server.faults.clear();
    await page.click("#retry");
    await downloaded(page);
  });

  for (const [fault, address, says] of [
    ["error", UNET, "the server answers 500"],
    ["half", WASM, "and should have"],
    ["broken", WASM, "The connection broke off"],
  ]) {
    pageTest(`says what fails (${fault}), and tries again`, {}, async (page) => {
      server.faults.set(address, fault);
      await page.goto(server.url);
      const alert = page.getByRole("alert");
      await alert.filter({ hasText: says }).waitFor();
      assert.match(await alert.textContent(), new RegExp(address));
      assert.ok(!(await page.locator("#start").isVisible()));
      server.faults.clear();
      await page.click("#retry");
      await downloaded(page);
    });
  }

  pageTest("a program that is none is fetched anew", {}, async (page) => {
    server.faults.set(WASM, "zeros");
    await enter(page, server.url);
    await page.getByRole("alert").filter({ hasText: "The program of the hall cannot be started" }).waitFor();
    server.faults.clear();
    await page.click("#reload");
    await downloaded(page);
    await page.click("#start");
    await news(page, { kind: "ready" });
  });

  pageTest("without WebGPU shows the tour in pictures", { before: () => delete Navigator.prototype.gpu }, async (page) => {
    await page.goto(server.url);
    await page.getByRole("alert").filter({ hasText: "This browser has no WebGPU" }).waitFor();
    assert.ok(!(await page.locator("#start").isVisible()));
    await page.click("#see-tour");
    const pictures = page.locator("#tour img");
    assert.equal(await pictures.filter({ visible: true }).count(), STOPS.length);
    for (const [place, stop] of STOPS.entries()) {
      const picture = pictures.nth(place);
      assert.equal(await picture.getAttribute("src"), `tour/${stop}.jpg`);
      assert.ok((await picture.getAttribute("alt")).length > 20, `${stop} has no alternative text`);
      // It is loaded when it comes into view.
      await picture.scrollIntoViewIfNeeded();
      await page.waitForFunction((picture) => picture.complete, await picture.elementHandle());
      assert.ok(await picture.evaluate((picture) => picture.naturalWidth > 0), `tour/${stop}.jpg is missing in dist`);
    }
  });

  pageTest("without an adapter says so", { before: () => (GPU.prototype.requestAdapter = async () => null) }, async (page) => {
    await page.goto(server.url);
    await page.getByRole("alert").filter({ hasText: "no graphics chip" }).waitFor();
    assert.ok(await page.locator("#see-tour").isVisible());
  });

  pageTest("without timestamp-query computes on the processor", {
    before: () => {
      GPUSupportedFeatures.prototype.has = () => false;
      Object.defineProperty(GPUAdapterInfo.prototype, "isFallbackAdapter", { get: () => false });
    },
  }, async (page) => {
    await page.goto(server.url);
    await page.getByText("timestamp-query").waitFor();
    await downloaded(page);
  });

  pageTest("a link that cannot be read is said, and left out if wished", { timeout: 15 * MINUTE }, async (page) => {
    await enter(page, server.url, "#seed=seven");
    await page.getByRole("alert").filter({ hasText: "seven" }).waitFor();
    await page.click("#without-link");
    await news(page, { kind: "ready" });
    assert.doesNotMatch(new URL(page.url()).hash, /seven/);
  });
});

describe("a link", () => {
  pageTest("restores its visit", { timeout: 20 * MINUTE }, async (page) => {
    await enter(page, server.url, link({ ...RUN, stop: "unet.mid" }));
    await news(page, { kind: "ready" });
    await news(page, { kind: "stop", stop: "unet.mid" });
    const hash = new URLSearchParams(new URL(page.url()).hash.slice(1));
    assert.deepEqual([hash.get("prompt"), hash.get("seed"), hash.get("stop")], [RUN.prompt, String(RUN.seed), "unet.mid"]);
  });
});

describe("a page", () => {
  pageTest("that nobody looks at does not compute", { timeout: 20 * MINUTE }, async (page) => {
    await enter(page, server.url, link({ ...RUN, steps: 8 }));
    const steps = async () => (await told(page)).filter(({ kind }) => kind === "step").length;
    await news(page, { kind: "step", step: 1 });
    const begun = Date.now();
    await news(page, { kind: "step", step: 2 });
    const pace = Date.now() - begun;
    await page.evaluate(() => Object.defineProperty(document, "hidden", { value: true, configurable: true }));
    // What has begun is brought to its end.
    await page.waitForTimeout(pace);
    const before = await steps();
    await page.waitForTimeout(3 * pace);
    assert.equal(await steps(), before);
    await newsOf(page, () => page.evaluate(() => delete document.hidden), { kind: "step" });
  });

  pageTest("says that the graphics chip was taken away, and keeps the visit", {
    timeout: 15 * MINUTE,
    before: () => {
      const { requestDevice } = GPUAdapter.prototype;
      GPUAdapter.prototype.requestDevice = async function (...wanted) {
        return (window.device = await requestDevice.apply(this, wanted));
      };
    },
  }, async (page) => {
    await enter(page, server.url, link(RUN));
    await news(page, { kind: "ready" });
    await page.evaluate(() => window.device.destroy());
    await page.locator("#card").getByText("The graphics chip has left the hall").waitFor();
    assert.equal(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("prompt"), RUN.prompt);
    await page.click("#card-reload");
    await downloaded(page);
  });
});

// One visit: each test goes on where the one before has left the hall.
describe("a visit", () => {
  let page;
  before(async () => {
    page = await newPage(browser, { before: fakeGamepad });
    await enter(page, server.url, link(RUN));
  }, { timeout: 10 * MINUTE });
  after(() => page?.context().close());

  const goTo = async (stop, act) => newsOf(page, act, { kind: "stop", stop }, { timeout: 2 * MINUTE });

  test("begins, and paints", { timeout: 30 * MINUTE }, async () => {
    await news(page, { kind: "ready" });
    await page.locator("#start-page").waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement.id), "hall");
    await news(page, { kind: "painted" }, { timeout: 25 * MINUTE });
    assert.ok((await told(page)).some(({ kind }) => kind === "step"));
    assert.equal(await ask(page, "steps"), RUN.steps);
  });

  test("computes what the native program computes", { timeout: 15 * MINUTE }, async () => {
    await compareWithNative(page, RUN);
  });

  test("has twelve stops", { timeout: 30 * MINUTE }, async (t) => {
    let previous;
    for (const [place, stop] of STOPS.entries()) {
      // A stop that fails does not hide the others.
      await t.test(stop, async () => {
        if (place > 0) await goTo(stop, () => page.keyboard.press("PageDown"));
        assert.equal((await told(page)).findLast(({ kind }) => kind === "stop")?.stop, stop);
        // At the first the run is still being played: 6 s, 3 s for each step, 4 s.
        const png = await stillScreen(page, place > 0 ? {} : { atLeast: 30_000, atMost: 2 * MINUTE });
        const screen = greyOf(png);
        const before = previous;
        previous = screen;
        assert.ok(variance(screen) > 25, "the screen is blank");
        if (before) assert.ok(ssim(before, screen) < 0.98, "it looks like the stop before");
        await compareWithKept(stop, png);
      });
    }
  });

  test("follows the keyboard", { timeout: 5 * MINUTE }, async () => {
    await goTo("hall", () => page.keyboard.press("m"));
    await goTo("words", () => page.keyboard.press("PageDown"));
    await goTo("hall", () => page.keyboard.press("PageUp"));
  });

  test("says every stop to a screen reader", { timeout: MINUTE }, async () => {
    assert.match(await page.locator("#caption[aria-live=polite]").textContent(), /picture is being made/);
  });

  test("follows a gamepad", { timeout: 5 * MINUTE }, async () => {
    await page.evaluate(() => window.pad.plugIn());
    // A press counts from when the hall has seen the pad at rest.
    await page.waitForTimeout(3000);
    // It is held until it is seen, since a frame may take long.
    await goTo("words", () => page.evaluate((button) => window.pad.press(button, true), RIGHT_BUMPER));
    await page.evaluate((button) => window.pad.press(button, false), RIGHT_BUMPER);
  });

  test("does not grow over ten runs", { timeout: 90 * MINUTE }, async () => {
    const bytes = [];
    for (let run = 1; run <= 10; run++) {
      const hash = link({ ...RUN, seed: 100 + run, steps: 2 });
      await newsOf(page, () => page.evaluate((hash) => (location.hash = hash), hash), { kind: "painted" });
      bytes.push(await page.evaluate(() => window.latentariumMemory.buffer.byteLength));
    }
    const [early, late] = [bytes[2], bytes[9]];
    assert.ok(late <= early * 1.05, `the heap had ${early} bytes after run 3 and has ${late} after run 10`);
  });
});

/** Holds a screenshot against the one that is kept for its stop, or keeps it. */
async function compareWithKept(stop, png) {
  const file = new URL(`${stop}.png`, SCREENS);
  if (process.env.LATENTARIUM_RENEW_SCREENS) {
    await mkdir(SCREENS, { recursive: true });
    await writeFile(file, png);
    return;
  }
  const kept = await readFile(file).catch(() => {
    throw new Error(`there is no tests/web/screens/${stop}.png to compare with: write it with LATENTARIUM_RENEW_SCREENS=1 make test-web`);
  });
  const likeness = ssim(greyOf(kept), greyOf(png));
  assert.ok(likeness >= 0.6, `${stop} is only ${likeness.toFixed(2)} like tests/web/screens/${stop}.png`);
}
