// Reads [{secret, headers, body}] and lets the npm package `standardwebhooks` judge each of them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Webhook } = createRequire(process.argv[2])("standardwebhooks");
for (const { secret, headers, body } of JSON.parse(readFileSync(0, "utf8"))) {
  new Webhook(secret).verify(body, headers);
  let forged = false;
  try {
    new Webhook(secret).verify(body + " ", headers);
    forged = true;
  } catch {
    // As it should be.
  }
  if (forged) throw new Error("another body passes");
}
console.log("verified");
