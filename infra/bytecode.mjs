// Compiles Python with CPython for WebAssembly: reads {"folder", "place"} a line and answers each with a line.
import { createInterface } from "node:readline";
import { loadPyodide } from "pyodide";

const CODE = "/code";
const python = await loadPyodide();
const compile = python.runPython(`
import compileall
from py_compile import PycInvalidationMode

def compile(folder, place):
    compileall.compile_dir(
        folder, quiet=2, stripdir=folder, prependdir=place, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )

compile
`);
for await (const line of createInterface({ input: process.stdin })) {
  const { folder, place } = JSON.parse(line);
  python.mountNodeFS(CODE, folder);
  compile(CODE, place);
  python.FS.unmount(CODE);
  console.log("done");
}
