import { say } from "~/shell/notices";
import { saveFile } from "~/ui/values";

/** What makes a drawing look as it does. They become attributes: a style attribute in a parsed SVG is refused by the pages' policy. */
const LOOKS = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity", "opacity",
  "font-family", "font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline", "visibility", "display",
] as const;

const PNG_SCALE = 2;

/** Saves a drawing as NAME.svg, in print colours on white, whatever the theme of the page. */
export function saveSvg(svg: SVGSVGElement, name: string): void {
  saveFile(`${name}.svg`, standAlone(svg).text, "image/svg+xml");
}

/** Saves a drawing as NAME.png, in print colours on white, at twice its size on the page. */
export async function savePng(svg: SVGSVGElement, name: string): Promise<void> {
  const { text, width, height } = standAlone(svg);
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: width * PNG_SCALE, height: height * PNG_SCALE });
    const paint = canvas.getContext("2d");
    if (paint === null) throw new Error("no canvas");
    paint.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (blob === null) throw new Error("no image");
    saveFile(`${name}.png`, blob, "image/png");
  } catch {
    say({ kind: "problem", text: "This browser could not make a PNG of the drawing.", more: "Save it as SVG instead." });
  } finally {
    URL.revokeObjectURL(address);
  }
}

export type Cell = string | number | null | undefined;

/** Saves rows as NAME.csv (RFC 4180, UTF-8). */
export function saveCsv(name: string, header: readonly string[], rows: readonly (readonly Cell[])[]): void {
  saveFile(`${name}.csv`, writeCsv(header, rows), "text/csv;charset=utf-8");
}

export function writeCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => row.map(writeCell).join(",")).join("\r\n") + "\r\n";
}

/** A text that a spreadsheet would take for a formula is kept one by an apostrophe. */
function writeCell(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The drawing as a file of its own: looks written into its elements, a white ground under it. Sizes are in CSS pixels. */
function standAlone(svg: SVGSVGElement): { text: string; width: number; height: number } {
  const box = svg.viewBox.baseVal;
  const width = box && box.width > 0 ? box.width : svg.clientWidth;
  const height = box && box.height > 0 ? box.height : svg.clientHeight;
  const copy = svg.cloneNode(true) as SVGSVGElement;
  inLightColours(() => writeLooks(svg, copy));
  copy.removeAttribute("class");
  copy.removeAttribute("style");
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ x: box?.x ?? 0, y: box?.y ?? 0, width, height, fill: "#ffffff" })) ground.setAttribute(name, String(value));
  copy.prepend(ground);
  return { text: `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`, width, height };
}

/** The page's colours are pairs, light and dark: for as long as the looks are read, and no longer, it is a light page. Nothing is painted meanwhile. */
function inLightColours(act: () => void): void {
  const { dataset } = document.documentElement;
  const before = dataset.theme;
  dataset.theme = "light";
  try {
    act();
  } finally {
    if (before === undefined) delete dataset.theme;
    else dataset.theme = before;
  }
}

function writeLooks(from: Element, to: Element): void {
  const looks = getComputedStyle(from);
  for (const name of LOOKS) {
    const value = looks.getPropertyValue(name);
    if (value !== "") to.setAttribute(name, value);
  }
  to.removeAttribute("style");
  to.removeAttribute("class");
  const children = [...to.children];
  [...from.children].forEach((child, n) => {
    const twin = children[n];
    if (twin !== undefined) writeLooks(child, twin);
  });
}
