// A visitor: Chromium, and what a test does with a page of the hall.

import { chromium } from "playwright-core";

import { greyOf, ssim } from "./ssim.mjs";

export const MINUTE = 60_000;
const SIZE = { width: 640, height: 360 };

/** Chromium that draws and computes WebGPU in software. Without all of Vulkan its GPU process ends when a canvas is presented. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      "--use-angle=vulkan",
      "--enable-features=Vulkan",
      "--use-vulkan=swiftshader",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

/** A page of its own: nothing is kept from another. `before` runs in it before its own scripts; `options` are Playwright's. */
export async function newPage(browser, { before, ...options } = {}) {
  const context = await browser.newContext({ viewport: SIZE, ...options });
  context.setDefaultTimeout(5 * MINUTE);
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(`the page: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && console.error(`the page's console: ${message.text()}`));
  await page.addInitScript(() => {
    window.told = [];
    addEventListener("latentarium", ({ detail }) => window.told.push(JSON.parse(detail)));
  });
  if (before) await page.addInitScript(before);
  return page;
}

/** Waits until the download is complete. */
export function downloaded(page) {
  return page.locator("#start:enabled").waitFor({ timeout: 5 * MINUTE });
}

/** Goes to the page and presses Start. `model`: a folder to choose before. */
export async function enter(page, url, visit = "", { device = "cpu", model } = {}) {
  await page.goto(`${url}?device=${device}${visit}`);
  await downloaded(page);
  if (model) {
    await choose(page, model);
    await page.locator("#start", { hasText: "your model" }).waitFor();
  }
  await page.click("#start");
}

/** Opens the section “Your own model” and chooses a folder there. */
export async function choose(page, folder) {
  await page.locator("#own:not([hidden])").evaluate((section) => (section.open = true));
  await page.locator("#own-folder").setInputFiles(folder);
}

/** The part of an address that opens this visit. */
export function link(visit) {
  return `#${Object.entries(visit).map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&")}`;
}

/** What the hall has told so far: the kinds and what comes with them. */
export function told(page) {
  return page.evaluate(() => window.told);
}

/** Waits for news such as `{ kind: "stop", stop: "words" }`, among all that was told after the first `after`. */
export async function news(page, wanted, { after = 0, timeout = 10 * MINUTE } = {}) {
  const found = await page
    .waitForFunction(
      ([wanted, after]) => {
        const fits = (one) => Object.entries(wanted).every(([key, value]) => one[key] === value);
        return window.told.slice(after).find((one) => fits(one) || one.kind === "failed" || one.kind === "lost");
      },
      [wanted, after],
      { timeout, polling: 250 },
    )
    .catch(async () => {
      const last = JSON.stringify((await told(page)).slice(-5));
      throw new Error(`${JSON.stringify(wanted)} was not told within ${timeout / 1000} s; the last that was: ${last}`);
    });
  const one = await found.jsonValue();
  if (one.kind !== wanted.kind) throw new Error(`waiting for ${JSON.stringify(wanted)}, the hall told ${JSON.stringify(one)}`);
  return one;
}

/** Does something, and waits for what the hall tells then. */
export async function newsOf(page, act, wanted, options) {
  const after = (await told(page)).length;
  await act();
  return news(page, wanted, { after, ...options });
}

/** A screenshot's bytes once the hall stands still: two in a row are nearly the same, or the time is up. */
export async function stillScreen(page, { atLeast = 4000, atMost = 30_000 } = {}) {
  const until = Date.now() + atMost;
  await page.waitForTimeout(atLeast);
  let before = await page.screenshot({ timeout: 5 * MINUTE });
  while (Date.now() < until) {
    await page.waitForTimeout(1000);
    const now = await page.screenshot({ timeout: 5 * MINUTE });
    if (ssim(greyOf(before), greyOf(now)) > 0.99) return now;
    before = now;
  }
  return before;
}

/** The program of the page: `steps()`, `latent(step)`, `picture()`. Its numbers come as plain arrays. */
export function ask(page, name, ...values) {
  return page.evaluate(
    async ([name, values]) => {
      const program = await import(new URL("latentarium_web.js", location.href).href);
      const answer = program[name](...values);
      return answer instanceof Float32Array ? Array.from(answer) : answer;
    },
    [name, values],
  );
}

/** Runs in the page before its own scripts: the bytes of the largest buffer and binding become `window.largest`. */
export function watchBuffers() {
  window.largest = { buffer: 0, binding: 0 };
  const { createBuffer, createBindGroup } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    window.largest.buffer = Math.max(window.largest.buffer, descriptor.size);
    return createBuffer.call(this, descriptor);
  };
  GPUDevice.prototype.createBindGroup = function (descriptor) {
    for (const { resource } of descriptor.entries) {
      const { buffer, offset = 0, size = buffer?.size - offset } = resource;
      if (buffer) window.largest.binding = Math.max(window.largest.binding, size);
    }
    return createBindGroup.call(this, descriptor);
  };
}

/** Runs in the page before its own scripts: a gamepad that `window.pad` plugs in and presses. */
export function fakeGamepad() {
  const button = () => ({ pressed: false, touched: false, value: 0 });
  const gamepad = {
    index: 0,
    id: "A gamepad of the tests",
    mapping: "standard",
    connected: true,
    timestamp: 0,
    axes: [0, 0, 0, 0],
    buttons: Array.from({ length: 17 }, button),
  };
  let plugged = false;
  navigator.getGamepads = () => (plugged ? [gamepad] : []);
  window.pad = {
    plugIn() {
      plugged = true;
      dispatchEvent(Object.assign(new Event("gamepadconnected"), { gamepad }));
    },
    press(index, pressed) {
      gamepad.buttons[index] = { pressed, touched: pressed, value: Number(pressed) };
      gamepad.timestamp = performance.now();
    },
  };
}
