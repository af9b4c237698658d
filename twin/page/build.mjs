// Builds the twin's page into twin/page/bundle/{index.html,app.js,app.css}, from where the twin serves and packs it.
// Everything the page needs is inside these three files: fonts and emoji are embedded, nothing is fetched from
// outside. Plain Node, so that any Node from 20 on can run it. Pass --watch to rebuild on every save.
import { createRequire } from "node:module";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(here, "bundle");
const require = createRequire(import.meta.url);

// Slack's emoji names with their characters, by category in the picker's order, and the words that also find them;
// far smaller than the data set they come from.
const emojiNames = {
  name: "emoji-names",
  setup(build) {
    build.onResolve({ filter: /^emoji:names$/ }, (args) => ({ path: args.path, namespace: "emoji" }));
    build.onLoad({ filter: /.*/, namespace: "emoji" }, async () => {
      const file = require.resolve("@emoji-mart/data/sets/15/native.json");
      const data = JSON.parse(await readFile(file, "utf8"));
      const characters = {};
      const words = {};
      for (const { emojis } of data.categories) {
        for (const name of emojis) {
          characters[name] = data.emojis[name].skins[0].native;
          const others = data.emojis[name].keywords.filter((word) => !name.includes(word));
          if (others.length) words[name] = others.join(" ");
        }
      }
      const categories = data.categories.map(({ id, emojis }) => ({ id, names: emojis }));
      for (const [alias, name] of Object.entries(data.aliases)) characters[alias] ??= characters[name];
      return { contents: JSON.stringify({ categories, characters, words }), loader: "json" };
    });
  },
};

// The policy keeps every request on this machine. Evaluation is allowed because browser tests wait on conditions so.
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'self' 'unsafe-eval'; img-src 'self' data: blob:; media-src 'self' blob:; font-src data:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws://localhost:* ws://127.0.0.1:*; base-uri 'none'; form-action 'none'">
<title>Twin</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%23611f69'/%3E%3Cpath d='M9 21V11m7 10V8m7 13v-7' stroke='%23fff' stroke-width='3.4' stroke-linecap='round'/%3E%3C/svg%3E">
<link rel="stylesheet" href="/app.css">
</head>
<body>
<div id="root"></div>
<noscript>This page is drawn by JavaScript.</noscript>
<script src="/app.js" defer></script>
</body>
</html>
`;

const settings = {
  absWorkingDir: here,
  entryPoints: { app: "src/app.jsx" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome109", "firefox115", "safari16"],
  jsx: "automatic",
  loader: { ".woff2": "dataurl" },
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "eof",
  plugins: [emojiNames],
  logLevel: "warning",
};

await mkdir(out, { recursive: true });
await writeFile(path.join(out, "index.html"), page);
if (process.argv.includes("--watch")) {
  const context = await esbuild.context(settings);
  await context.watch();
} else {
  await esbuild.build(settings);
  console.log(`The page is in ${path.relative(process.cwd(), out) || "."}`);
}
