// A model's folder, as far as the hall reads it: the paths of its files and the files themselves, of which nothing is read here.

/** A folder that is no model; the message is for people. */
export class FolderError extends Error {}

const PARTS = ["text_encoder", "unet", "vae", "taesd", "tokenizer", "scheduler"];
/** A dot at the beginning hides a file. */
const READ = new RegExp(`^(?:[^./][^/]*\\.json|(?:${PARTS.join("|")})/[^./][^/]*\\.(?:json|txt|safetensors|bin))$`);
/** The folder itself, or one in it. */
const INDEX = /^((?:[^./][^/]*\/)?)model_index\.json$/;

/** A model from a directory handle: `{ name, bytes, paths, files }`. */
export async function fromHandle(handle) {
  const entries = [];
  for await (const entry of walk(handle)) entries.push(entry);
  return modelOf(handle.name, entries);
}

/** A model from the files of an `<input webkitdirectory>`. */
export function fromInput(files) {
  const name = files[0].webkitRelativePath.split("/")[0];
  return modelOf(name, Array.from(files, (file) => [file.webkitRelativePath.slice(name.length + 1), file]));
}

/** Paths and files in a folder and one below. Deeper lie only parts: whoever chooses a whole disk need not wait for it. */
async function* walk(folder, path = "", depth = 0) {
  for await (const [name, child] of folder.entries()) {
    const here = path + name;
    if (name.startsWith(".")) continue;
    if (child.kind === "directory") {
      if (depth === 0 || (depth === 1 && PARTS.includes(name))) yield* walk(child, `${here}/`, depth + 1);
    } else if (/\.(json|txt|safetensors|bin)$/.test(name)) {
      yield [here, await child.getFile()];
    }
  }
}

/** Bytes in words. */
export function size(bytes) {
  return bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function modelOf(name, entries) {
  const roots = entries.map(([path]) => INDEX.exec(path)?.[1]).filter((root) => root !== undefined);
  const root = roots.includes("") ? "" : roots[0];
  if (root === undefined) {
    throw new FolderError(
      `“${name}” has no model_index.json. Choose the folder that has it, with text_encoder, unet and vae beside it.`,
    );
  }
  if (root && roots.length > 1) {
    const names = roots.map((root) => root.slice(0, -1)).join(", ");
    throw new FolderError(`“${name}” holds several models: ${names}. Choose one of these folders.`);
  }
  const below = entries.filter(([path]) => path.startsWith(root));
  const inside = new Map(below.map(([path, file]) => [path.slice(root.length), file]));
  const paths = [...inside.keys()].filter((path) => READ.test(path) && !hasPlainTwin(path, inside)).sort();
  // Of a pickle only the name counts: the hall says how to convert it.
  const files = paths.map((path) => (path.endsWith(".bin") ? new Blob() : inside.get(path)));
  return { name: root.slice(0, -1) || name, bytes: files.reduce((sum, file) => sum + file.size, 0), paths, files };
}

/** Where there are `model.safetensors` and `model.fp16.safetensors`, the hall reads the first. */
function hasPlainTwin(path, inside) {
  const plain = path.replace(/\.[^./]+(?=\.safetensors$)/, "");
  return plain !== path && inside.has(plain);
}
