// What this browser can do, asked before anything is downloaded.

/** burn takes buffers of this size; it is also the least that WebGPU promises for one binding. */
const NEEDED_BUFFER_BYTES = 128 * 1024 * 1024;

const ON_THE_PROCESSOR =
  "It works, only slower: a picture may take minutes.";

/**
 * `{ device, note }`, where `device` is "auto" or "cpu" and `note` says why it is slow, if it is;
 * or `{ trouble: { title, text } }` where the hall cannot be shown.
 */
export async function check() {
  if (!window.isSecureContext) {
    return cannot(
      "This address is not secure",
      "Browsers give the graphics chip only to pages opened by https or on localhost. Open this page by its https address.",
    );
  }
  if (typeof WebAssembly !== "object") {
    return cannot(
      "This browser does not run WebAssembly",
      "The hall is a WebAssembly program. Some browsers switch it off in a strict security mode: switch it on for this page, or use another browser.",
    );
  }
  if (!navigator.gpu) {
    return cannot(
      "This browser has no WebGPU",
      "The hall is drawn with it. Chrome and Edge have it since version 113, Safari since 26, Firefox since 141 on Windows and 145 on Macs " +
        "with Apple silicon; on Linux and Android it depends on the graphics chip. Update this browser, or open the page in another one.",
    );
  }
  let adapter = null;
  try {
    adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  } catch {
    // Said in the same words: to a visitor it is the same.
  }
  if (!adapter) {
    return cannot(
      "The browser finds no graphics chip it can use",
      "It has WebGPU, but got no graphics adapter. Switch on graphics acceleration (also called hardware acceleration) in the browser’s " +
        "settings, update the graphics driver, and start the browser again. A remote desktop or a virtual machine may have none.",
    );
  }
  const note = slowBecause(adapter);
  return note ? { device: "cpu", note: `${note} ${ON_THE_PROCESSOR}` } : { device: "auto" };
}

/** Why the model has to be computed on the processor; no text if the graphics chip can do it. */
function slowBecause(adapter) {
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  if (adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter) {
    return "No graphics chip is in use here, so the hall is drawn and the model computed on the processor.";
  }
  if (!adapter.features.has("timestamp-query")) {
    return "The graphics chip draws the hall, but the model is computed on the processor: this browser lacks a clock (timestamp-query) that the model needs on the chip.";
  }
  if (Math.min(maxStorageBufferBindingSize, maxBufferSize) < NEEDED_BUFFER_BYTES) {
    return "The graphics chip draws the hall, but the model is computed on the processor: the chip allows too little memory at a time.";
  }
  return "";
}

function cannot(title, text) {
  return { trouble: { title, text: `${text} Meanwhile you can see the tour in pictures.` } };
}
