// Copies of visitors' models in the browser's own file system (OPFS): models/NAME/…, where a file `complete`, written last, tells
// that it is whole.

import { fromHandle, size } from "./folder.js";

const COMPLETE = "complete";

/** A copy that cannot be made; the message is for people. */
export class KeepError extends Error {}

/** The kept models, as folder.js gives them. What is left of broken copies is removed. Throws where the browser keeps nothing. */
export async function keptModels() {
  if (!("createWritable" in FileSystemFileHandle.prototype)) throw new KeepError("This browser keeps no files for pages.");
  const folders = [];
  for await (const folder of (await home()).values()) folders.push(folder);
  const kept = [];
  for (const folder of folders) {
    try {
      await folder.getFileHandle(COMPLETE);
      kept.push(await fromHandle(folder));
    } catch {
      await remove(folder.name).catch(() => {});
    }
  }
  return kept;
}

/** Copies a model, as a whole or not at all. `tell(bytes)`: so many of its bytes are copied. */
export async function keep({ name, bytes, paths, files }, signal, tell) {
  await remove(name);
  const { quota, usage } = await navigator.storage.estimate();
  const room = Math.max(0, quota - usage);
  if (room < bytes) {
    throw new KeepError(`There is too little room: the copy needs ${size(bytes)}, and the browser has ${size(room)} for it.`);
  }
  // Otherwise the browser may clear it away when the disk fills up. Some ask the visitor; nobody waits for the answer.
  navigator.storage.persist().catch(() => {});
  try {
    const folder = await (await home()).getDirectoryHandle(name, { create: true });
    let done = 0;
    for (const [index, path] of paths.entries()) {
      const counted = new TransformStream({
        transform(piece, out) {
          tell((done += piece.length));
          out.enqueue(piece);
        },
      });
      await files[index].stream().pipeThrough(counted).pipeTo(await create(folder, path), { signal });
    }
    await (await create(folder, COMPLETE)).close();
  } catch (error) {
    // Should this fail too, the next visit tidies up.
    await remove(name).catch(() => {});
    throw error;
  }
}

/** Removes a kept model, if there is one of this name. */
export async function remove(name) {
  try {
    await (await home()).removeEntry(name, { recursive: true });
  } catch (error) {
    if (error.name !== "NotFoundError") throw error;
  }
}

async function home() {
  return (await navigator.storage.getDirectory()).getDirectoryHandle("models", { create: true });
}

/** A stream into a new file. */
async function create(folder, path) {
  const [file, ...parents] = path.split("/").reverse();
  for (const parent of parents.reverse()) folder = await folder.getDirectoryHandle(parent, { create: true });
  return (await folder.getFileHandle(file, { create: true })).createWritable();
}
