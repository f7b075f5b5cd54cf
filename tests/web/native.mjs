// A run of the native program, to compare with: what `latentarium trace` writes.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { ask } from "./browser.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The run that a page has painted is that of the native program. `model`: a folder; without it the built-in model. */
export async function compareWithNative(page, run, model) {
  const native = await nativeRun(run, model);
  // The first of a trace is the noise before the first step.
  const [, ...latents] = native.latents;
  assert.equal(await ask(page, "steps"), latents.length);
  for (const [step, expected] of latents.entries()) {
    const latent = await ask(page, "latent", step);
    assert.ok(latent, `the latent of step ${step} is missing`);
    const error = relativeError(latent, expected);
    assert.ok(error <= 1e-3, `the latent after step ${step} differs by ${error}`);
  }
  const picture = await ask(page, "picture");
  assert.ok(picture, "the picture is missing");
  const error = relativeError(picture, native.picture);
  assert.ok(error <= 1e-3, `the picture differs by ${error}`);
}

/** The latents after each step, first the noise itself, and the picture, [3·h·w] in 0..1. */
async function nativeRun({ prompt, seed, steps }, model) {
  const program = process.env.LATENTARIUM;
  if (!program) {
    throw new Error("the native program is not known: set LATENTARIUM to its path, as `make test-web` does");
  }
  const folder = await mkdtemp(join(tmpdir(), "latentarium-"));
  try {
    const file = join(folder, "run.safetensors");
    const choices = ["--seed", seed, "--steps", steps, "--device", "cpu", "-o", file].map(String);
    if (model) choices.push("--model", model);
    await promisify(execFile)(program, ["trace", prompt, ...choices], { cwd: ROOT });
    const { latents, image } = readSafetensors(await readFile(file));
    const [count] = latents.shape;
    const size = latents.values.length / count;
    const rows = Array.from({ length: count }, (_, row) => latents.values.subarray(row * size, (row + 1) * size));
    return { latents: rows, picture: image.values };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** All tensors by name, as `{ shape, values }`; every one of a trace is f32. */
function readSafetensors(bytes) {
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerBytes));
  delete header.__metadata__;
  const tensor = ({ dtype, shape, data_offsets: [from, to] }) => {
    if (dtype !== "F32") throw new Error(`a trace has only F32, not ${dtype}`);
    // Copied, as a Float32Array has to begin at a multiple of four.
    const copy = Uint8Array.from(bytes.subarray(8 + headerBytes + from, 8 + headerBytes + to));
    return { shape, values: new Float32Array(copy.buffer) };
  };
  return Object.fromEntries(Object.entries(header).map(([name, entry]) => [name, tensor(entry)]));
}

/** ‖a − b‖ / ‖b‖ */
function relativeError(a, b) {
  if (a.length !== b.length) throw new Error(`${a.length} numbers cannot be compared with ${b.length}`);
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}
