// A static server for dist/, on 127.0.0.1. For tests it can serve a chosen file wrongly. By hand: node serve.mjs [folder] [port]

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const DIST = process.env.DIST ?? fileURLToPath(new URL("../../dist", import.meta.url));

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".jpg": "image/jpeg",
  ".png": "image/png",
  ".otf": "font/otf",
  ".txt": "text/plain; charset=utf-8",
};

/** What can be wrong with a file, by name. Each answers in place of the server. */
const FAULTS = {
  /** The server cannot serve it. */
  error: (_, response) => response.writeHead(500).end(),
  /** Half of it comes, as if that were all. */
  half: (bytes, response) => response.end(bytes.subarray(0, bytes.length / 2)),
  /** Half of it comes, then the connection breaks. */
  broken: (bytes, response) => {
    response.setHeader("content-length", bytes.length);
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  },
  /** It has its size, and none of its content. */
  zeros: (bytes, response) => response.end(Buffer.alloc(bytes.length)),
  /** No answer comes. */
  silence: () => {},
};

/**
 * Serves a folder on a free port. `faults` maps an address in it, such as "weights/builtin/unet/config.json", to the name of a fault,
 * and may change while the server runs.
 */
export async function serve({ folder = DIST, port = 0 } = {}) {
  const faults = new Map();
  const server = createServer(async (request, response) => {
    const address = decodeURIComponent(new URL(request.url, "http://localhost").pathname).slice(1) || "index.html";
    const path = normalize(join(folder, address));
    const bytes = path.startsWith(normalize(folder) + sep) && (await readFile(path).catch(() => undefined));
    if (!bytes) return response.writeHead(404).end("There is no such file.");
    response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream");
    response.setHeader("cache-control", "no-cache");
    const fault = FAULTS[faults.get(address)];
    if (fault) return fault(bytes, response);
    response.setHeader("content-length", bytes.length);
    response.end(bytes);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, faults, close };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = DIST, port = 8080] = process.argv.slice(2);
  console.log(`${folder} is served at ${(await serve({ folder, port: Number(port) })).url}`);
}
