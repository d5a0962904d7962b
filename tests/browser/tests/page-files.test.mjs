// The page's files: how they are loaded, what they import, and whether their types are those of the API.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import * as vocabulary from "../../../shared/explorer/page/client/vocabulary.js";

const PAGE = fileURLToPath(new URL("../../../shared/explorer/page/", import.meta.url));
const openapi = JSON.parse(await readFile(join(PAGE, "../openapi.json"), "utf8"));
const { schemas } = openapi.components;

/** The paths of files that end with one of these, from the page's folder. */
async function filesOf(...endings) {
  const all = await readdir(PAGE, { recursive: true });
  const wanted = all.filter((name) => endings.some((ending) => name.endsWith(ending)));
  return wanted.map((name) => name.split(sep).join("/")).sort();
}

test("index.html preloads every module, so that the browser requests all of them at once", async () => {
  const modules = (await filesOf(".js")).filter((name) => name !== "main.js");
  const markup = await readFile(join(PAGE, "index.html"), "utf8");
  const named = [...markup.matchAll(/rel="modulepreload" href="\/([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(named.sort(), modules);
});

test("index.html links every style sheet", async () => {
  const markup = await readFile(join(PAGE, "index.html"), "utf8");
  const named = [...markup.matchAll(/rel="stylesheet" href="\/([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(named.sort(), await filesOf(".css"));
});

test("no two files import each other, not even through others or for types", async () => {
  const names = new Set(await filesOf(".js", ".d.ts"));
  const imports = new Map();
  for (const name of names) {
    const text = await readFile(join(PAGE, name), "utf8");
    const paths = [...text.matchAll(/from "(\.[^"]+)"/g)].map(([, path]) => path);
    const files = paths.map((path) => relative(PAGE, join(PAGE, dirname(name), path)).split(sep).join("/"));
    const found = files.map((file) => (names.has(file) ? file : file.replace(/\.js$/, ".d.ts")));
    for (const file of found) assert.ok(names.has(file), `${name} imports ${file}, which does not exist`);
    imports.set(name, found);
  }
  const done = new Set();
  const visit = (name, path) => {
    assert.ok(!path.includes(name), `a circle: ${[...path, name].join(" -> ")}`);
    if (done.has(name)) return;
    for (const next of imports.get(name)) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of names) visit(name, []);
});

test("every script is type-checked", async () => {
  for (const name of await filesOf(".js")) {
    const text = await readFile(join(PAGE, name), "utf8");
    assert.ok(text.startsWith("// @ts-check\n"), `${name} does not begin with // @ts-check`);
  }
});

test("the page's vocabulary is that of the API", () => {
  assert.deepEqual([...vocabulary.STATUSES], schemas.Status.enum);
  assert.deepEqual([...vocabulary.INSIGHT_RULES], schemas.InsightRule.enum);
  assert.deepEqual([...vocabulary.SEVERITIES].sort(), [...schemas.Severity.enum].sort());
  assert.deepEqual([...vocabulary.SPAN_TYPES], schemas.Span.properties.type.enum);
  assert.deepEqual([...vocabulary.REASONS], schemas.Reason.enum);
  assert.deepEqual([...vocabulary.EVIDENCE_RULES], schemas.EvidenceLine.properties.rule.enum);
});

test("the page's types have the fields of the API", async () => {
  const text = await readFile(join(PAGE, "client/types.d.ts"), "utf8");
  const source = ts.createSourceFile("types.d.ts", text, ts.ScriptTarget.Latest);
  const interfaces = source.statements.filter(ts.isInterfaceDeclaration);
  assert.ok(interfaces.length > 15, "the file has the types");
  for (const { name, members } of interfaces) {
    const schema = schemas[name.text];
    assert.ok(schema, `the API has no ${name.text}`);
    const required = members.filter((member) => !member.questionToken).map((member) => member.name.text);
    assert.deepEqual(
      members.map((member) => member.name.text).sort(),
      Object.keys(schema.properties).sort(),
      `${name.text}'s fields`,
    );
    assert.deepEqual(required.sort(), [...schema.required].sort(), `${name.text}'s required fields`);
  }
});

