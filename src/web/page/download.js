// The download: the program and the model, counted by bytes and kept in the browser's Cache storage, where the program looks first.

const CACHE = "latentarium-";

/** A file that did not come; the message is for people. */
export class DownloadError extends Error {}

/** What there is to download: `{ version, wasm: { address, bytes }, model: [{ address, bytes }, …] }`. */
export async function listFiles(signal) {
  // Never from the browser's own cache: it says which version is there now.
  const response = await ask("files.json", { cache: "no-store", signal });
  try {
    return await response.json();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new DownloadError("files.json, the list of what to download, cannot be read.");
  }
}

export function bytesOf({ wasm, model }) {
  return [wasm, ...model].reduce((sum, file) => sum + file.bytes, 0);
}

/**
 * Downloads what is not kept yet, and returns the program as a Response.
 *
 * `tell(bytes)`: so many of `bytesOf(files)` are here.
 */
export async function download({ version, wasm, model }, signal, tell) {
  let cache = await openCache(CACHE + version);
  let done = 0;
  let program;
  for (const file of [wasm, ...model]) {
    let response = await cache?.match(file.address).catch(() => undefined);
    // Without a place to keep it the program reads the model itself when it starts: to fetch it here as well would be twice.
    if (!response && (cache || file === wasm)) {
      response = await fetchWhole(file, signal, (bytes) => tell(done + bytes));
      try {
        await cache?.put(file.address, response.clone());
      } catch {
        // The disk is full, or may not be written to: it goes on without.
        cache = undefined;
      }
    }
    if (file === wasm) program = response;
    done += file.bytes;
    tell(done);
  }
  return program;
}

/** Gives back all that is kept, so that it comes anew. */
export async function forget(except = "") {
  try {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(CACHE) && name !== except).map((name) => caches.delete(name)));
  } catch {
    // What cannot be opened keeps nothing.
  }
}

async function openCache(name) {
  await forget(name);
  try {
    return await caches.open(name);
  } catch {
    return undefined;
  }
}

async function fetchWhole({ address, bytes }, signal, tell) {
  const response = await ask(address, { cache: "no-cache", signal });
  const pieces = [];
  let received = 0;
  const reader = response.body.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      pieces.push(piece.value);
      received += piece.value.length;
      tell(Math.min(received, bytes));
    }
  } catch (error) {
    if (signal.aborted) throw error;
    throw new DownloadError(`The connection broke off within ${address}, after ${received} of ${bytes} bytes.`);
  }
  // A cut or mixed-up file would fail much later, and in words that help nobody.
  if (received !== bytes) {
    throw new DownloadError(`${address} has come with ${received} bytes and should have ${bytes}. Perhaps the page has just been renewed.`);
  }
  const type = address.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(new Blob(pieces), { headers: { "content-type": type } });
}

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw new DownloadError(`${address} could not be fetched: there is no connection to the server.`);
  }
  if (!response.ok) {
    throw new DownloadError(`${address} could not be fetched: the server answers ${response.status} ${response.statusText}`.trim() + ".");
  }
  return response;
}
