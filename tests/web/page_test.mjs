// A test of the page: one server and one browser for all tests of a file, and a page for each of its own.

import { after, before, test } from "node:test";

import { MINUTE, launch, newPage } from "./browser.mjs";
import { serve } from "./serve.mjs";

/** There before the first test of the file that imports them. */
export let server;
export let browser;

before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** A test on a page of its own, with all of the server well before and after. */
export function pageTest(name, { timeout = 5 * MINUTE, ...options }, check) {
  test(name, { timeout }, async () => {
    const page = await newPage(browser, options);
    try {
      await check(page);
    } finally {
      server.faults.clear();
      await page.context().close();
    }
  });
}
