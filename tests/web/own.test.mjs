// A visitor's own model: chosen from the disk, kept in the browser, and one with Stable Diffusion 1.5's widths.
//
// make test-web runs it after hall.test.mjs, which says how to run it by hand.

import assert from "node:assert/strict";
import { cp, mkdtemp, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe } from "node:test";

import { MINUTE, choose, downloaded, enter, link, news, told, watchBuffers } from "./browser.mjs";
import { TINY, writeWideModel } from "./model.mjs";
import { compareWithNative } from "./native.mjs";
import { pageTest, server } from "./page_test.mjs";

const RUN = { prompt: "a red boat on the sea", seed: 7, steps: 4 };
const UNET = "unet/diffusion_pytorch_model.safetensors";
const MIB = 1 << 20;

/** An empty folder on the disk, for as long as `use` takes. */
async function withFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), "latentarium-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function open(page) {
  await page.goto(`${server.url}?device=cpu`);
  await downloaded(page);
}

/** Waits until the section says so. */
async function says(page, text, role = "status") {
  await page.locator("#own").getByRole(role).filter({ hasText: text }).waitFor();
}

/** The names in a folder of the browser's own file system. */
function namesIn(page, folder) {
  return page.evaluate(async (folder) => {
    const root = await navigator.storage.getDirectory();
    const names = [];
    for await (const name of (await root.getDirectoryHandle(folder, { create: true })).keys()) names.push(name);
    return names;
  }, folder);
}

/** Puts empty files into the browser's own file system. */
function putFiles(page, paths) {
  return page.evaluate(async (paths) => {
    for (const path of paths) {
      let folder = await navigator.storage.getDirectory();
      const parts = path.split("/");
      for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true });
      await folder.getFileHandle(parts.at(-1), { create: true });
    }
  }, paths);
}

describe("a model's folder", () => {
  pageTest("is read in the browser, and computes what the native program computes", { timeout: 40 * MINUTE }, async (page) => {
    const foreign = [];
    page.on("request", (request) => request.method() !== "GET" && foreign.push(request.url()));
    await enter(page, server.url, link(RUN), { model: TINY });
    await news(page, { kind: "painted" }, { timeout: 25 * MINUTE });
    await compareWithNative(page, RUN, TINY);
    assert.deepEqual(foreign, [], "something was sent");
  });

  pageTest("is given up for the built-in model", {}, async (page) => {
    await open(page);
    await choose(page, TINY);
    await says(page, "tiny-sd1, 0.6 MB");
    assert.equal(await page.locator("#start").textContent(), "Start with your model");
    await page.click("#own-builtin");
    assert.equal(await page.locator("#start").textContent(), "Start");
  });

  pageTest("that is none is refused in words", {}, async (page) => {
    await open(page);
    await choose(page, join(TINY, "unet"));
    await says(page, "“unet” has no model_index.json", "alert");
    assert.equal(await page.locator("#start").textContent(), "Start");
    await choose(page, TINY);
    await page.locator("#start", { hasText: "your model" }).waitFor();
  });

  pageTest("is asked for where there are several in it", {}, async (page) => {
    await open(page);
    await choose(page, dirname(TINY));
    await says(page, /several models: .*tiny-sd1/, "alert");
  });

  pageTest("comes from the browser's directory picker, as far as the hall reads it", {
    before: () => {
      window.showDirectoryPicker = async () => (await navigator.storage.getDirectory()).getDirectoryHandle("disk");
    },
  }, async (page) => {
    await open(page);
    const taken = [
      "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.safetensors",
      "vae/diffusion_pytorch_model.fp16.safetensors",
    ];
    const left = [
      "README.md", "v1-5-pruned.safetensors", "unet/.config.json", "unet/diffusion_pytorch_model.fp16.safetensors",
      "unet/old/config.json", "safety_checker/config.json",
    ];
    await putFiles(page, [...taken, ...left].map((path) => `disk/mine/${path}`));
    await putFiles(page, ["disk/notes.txt", "disk/.trash/model_index.json", "disk/unet/config.json"]);
    await page.click("#own summary");
    await page.click("#own-choose");
    await says(page, "mine, 0.0 MB");
    const paths = await page.evaluate(async () => (await import(new URL("own.js", location.href).href)).chosen.paths);
    assert.deepEqual(paths, taken);
  });

  pageTest("with half a file is refused by that file's name", { timeout: 15 * MINUTE }, (page) =>
    withFolder(async (folder) => {
      await cp(TINY, folder, { recursive: true });
      const { size } = await stat(join(folder, UNET));
      await truncate(join(folder, UNET), size / 2);
      await enter(page, server.url, "", { model: folder });
      const { message } = await news(page, { kind: "failed" });
      assert.match(message, new RegExp(`${UNET} is not a whole safetensors file`));
      await page.getByRole("alert").filter({ hasText: UNET }).waitFor();
    }),
  );

  pageTest("can be chosen on a narrow screen", { viewport: { width: 390, height: 844 } }, async (page) => {
    await open(page);
    await choose(page, TINY);
    await page.locator("#own-keep").waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page is wider than the screen");
  });
});

describe("a copy in the browser", () => {
  pageTest("is there after a reload, opens the hall, and can be removed", { timeout: 20 * MINUTE }, async (page) => {
    await open(page);
    await choose(page, TINY);
    await page.click("#own-keep");
    await says(page, "A copy of tiny-sd1 is kept in this browser.");
    assert.ok(await page.locator("#own-keep").isChecked());

    await page.reload();
    await downloaded(page);
    await page.getByRole("button", { name: "Use it: tiny-sd1" }).click();
    await says(page, "tiny-sd1, 0.6 MB");
    await page.click("#start");
    await news(page, { kind: "ready" });

    await page.reload();
    await downloaded(page);
    await page.getByRole("button", { name: "Remove it: tiny-sd1" }).click();
    await says(page, "The copy of tiny-sd1 is removed.");
    assert.deepEqual(await namesIn(page, "models"), []);
    await page.reload();
    await downloaded(page);
    assert.ok(await page.locator("#own-kept").isHidden());
  });

  pageTest("is removed with its tick", {}, async (page) => {
    await open(page);
    await choose(page, TINY);
    await page.click("#own-keep");
    await says(page, "A copy of tiny-sd1 is kept in this browser.");
    await page.click("#own-keep");
    await says(page, "The copy of tiny-sd1 is removed.");
    assert.deepEqual(await namesIn(page, "models"), []);
    assert.equal(await page.locator("#start").textContent(), "Start with your model");
  });

  pageTest("that was broken off is tidied away by the next visit", {}, async (page) => {
    await open(page);
    await putFiles(page, ["models/half/model_index.json"]);
    await page.reload();
    await downloaded(page);
    // The list is read while the page downloads.
    await page.waitForFunction(async () => {
      const models = await (await navigator.storage.getDirectory()).getDirectoryHandle("models");
      return (await models.keys().next()).done;
    });
    assert.ok(await page.locator("#own-kept").isHidden());
  });

  pageTest("can be cancelled", {
    before: () => {
      const slowly = () => new Promise((resolve) => setTimeout(resolve, 2000));
      FileSystemFileHandle.prototype.createWritable = async () => new WritableStream({ write: slowly });
    },
  }, async (page) => {
    await open(page);
    await choose(page, TINY);
    await page.click("#own-keep");
    await page.locator("#own-cancel").waitFor();
    assert.ok(await page.locator("#start").isDisabled());
    assert.ok(await page.locator("#own-choose").isDisabled());
    await page.click("#own-cancel");
    await says(page, "The copy is cancelled.");
    await page.locator("#start:enabled").waitFor();
    assert.equal(await page.locator("#start").textContent(), "Start with your model");
    assert.deepEqual(await namesIn(page, "models"), []);
  });

  for (const [fault, text, before] of [
    ["there is too little room", "There is too little room: the copy needs 0.6 MB", () => {
      StorageManager.prototype.estimate = async () => ({ quota: 1000, usage: 0 });
    }],
    ["nothing can be written", "The copy could not be made (no pen).", () => {
      FileSystemFileHandle.prototype.createWritable = async () => {
        throw new Error("no pen");
      };
    }],
  ]) {
    pageTest(`is done without where ${fault}`, { before }, async (page) => {
      await open(page);
      await choose(page, TINY);
      await page.click("#own-keep");
      await says(page, text, "alert");
      await page.locator("#start:enabled", { hasText: "your model" }).waitFor();
      assert.ok(!(await page.locator("#own-keep").isChecked()));
      assert.deepEqual(await namesIn(page, "models"), []);
    });
  }

  pageTest("is not offered where the browser keeps no files", {
    before: () => delete StorageManager.prototype.getDirectory,
  }, async (page) => {
    await open(page);
    await choose(page, TINY);
    await says(page, "Start opens the hall with it.");
    assert.ok(await page.locator("#own-keep").isHidden());
  });
});

describe("Stable Diffusion 1.5's widths", () => {
  pageTest("are loaded and paint in the memory of a browser", { timeout: 120 * MINUTE, before: watchBuffers }, (page) =>
    withFolder(async (folder) => {
      await writeWideModel(folder);
      await enter(page, server.url, link({ ...RUN, steps: 1 }), { device: "gpu", model: folder });
      await news(page, { kind: "painted" }, { timeout: 100 * MINUTE });
      assert.equal((await told(page)).filter(({ kind }) => kind === "step").length, 1);
      const heap = await page.evaluate(() => window.latentariumMemory.buffer.byteLength);
      assert.ok(heap < 2048 * MIB, `the heap has ${heap} bytes`);
      const largest = await page.evaluate(() => window.largest);
      assert.ok(largest.buffer <= 128 * MIB, `a buffer had ${largest.buffer} bytes`);
      assert.ok(largest.binding <= 128 * MIB, `a binding had ${largest.binding} bytes`);
      // The largest weight, 1280 × 2560 × 3 × 3 in single precision: otherwise nothing has been watched.
      assert.ok(largest.buffer >= 112 * MIB, `the largest buffer had only ${largest.buffer} bytes`);
    }),
  );
});
