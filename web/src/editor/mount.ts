import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { styleNonce } from "~/shell/trust";
import type { EditorLanguage, EditorPlace, EditorProblem } from "./Editor";
import { colours, look } from "./look";
import { openqasm } from "./openqasm";
import { asDiagnostics, offsetOf, placeOf } from "./places";
import { python } from "./python";

/** An editor that stands in the page. */
export interface Mounted {
  setText: (text: string) => void;
  setLanguage: (language: EditorLanguage) => void;
  setProblems: (problems: readonly EditorProblem[]) => void;
  goTo: (place: EditorPlace) => void;
  /** Takes the focus, with the cursor at this offset. */
  focus: (offset: number) => void;
  destroy: () => void;
}

interface Options {
  text: string;
  language: EditorLanguage;
  label: string;
  /** Id of the element that tells how to leave it by keyboard. */
  describedBy: string | null;
  readOnly: boolean;
  onChange: (text: string) => void;
  onCursor: (at: EditorPlace) => void;
}

/** Puts CodeMirror into `parent`. */
export function mount(parent: HTMLElement, options: Options): Mounted {
  const language = new Compartment();
  let spoken = options.language;
  let shown = "";
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        EditorView.cspNonce.of(styleNonce()),
        ...manner(options),
        language.of(speak(spoken)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString());
          if (update.docChanged || update.selectionSet) options.onCursor(placeOf(update.state.doc, update.state.selection.main.head));
        }),
      ],
    }),
  });
  return {
    setText(text) {
      if (text !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    setLanguage(chosen) {
      if (chosen === spoken) return;
      spoken = chosen;
      view.dispatch({ effects: language.reconfigure(speak(chosen)) });
    },
    setProblems(problems) {
      const told = JSON.stringify(problems);
      if (told === shown) return;
      shown = told;
      view.dispatch(setDiagnostics(view.state, asDiagnostics(view.state.doc, problems)));
    },
    goTo(place) {
      const anchor = offsetOf(view.state.doc, place.line, place.column);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    focus(offset) {
      view.dispatch({ selection: { anchor: Math.min(offset, view.state.doc.length) } });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

function speak(language: EditorLanguage): Extension {
  return language === "python" ? [python(), indentUnit.of("    ")] : [openqasm(), indentUnit.of("  ")];
}

function manner({ label, describedBy, readOnly }: Options): Extension[] {
  // A text field that edits is reached by Tab anyway; said outright, one that only shows is too.
  const attributes: Record<string, string> = { "aria-label": label, tabindex: "0" };
  if (describedBy !== null) attributes["aria-describedby"] = describedBy;
  const both = [look, syntaxHighlighting(colours), lineNumbers(), bracketMatching(), highlightSelectionMatches(), EditorView.contentAttributes.of(attributes)];
  if (readOnly) return [...both, EditorState.readOnly.of(true), keymap.of([...defaultKeymap, ...searchKeymap])];
  return [
    ...both,
    lintGutter(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    indentOnInput(),
    closeBrackets(),
    EditorView.domEventHandlers({ beforeinput: replaceSelection }),
    // As many as are seen at once: a list that scrolls could not be scrolled by keyboard.
    autocompletion({ icons: false, maxRenderedOptions: 9 }),
    EditorState.tabSize.of(4),
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...searchKeymap, ...ownKeys(), indentWithTab]),
  ];
}

/** Text typed over a selection. The browser's own way leaves styles behind in the page, which the page's policy forbids (and reports). */
function replaceSelection(event: InputEvent, view: EditorView): boolean {
  const { from, to, empty } = view.state.selection.main;
  const text = event.data;
  if (empty || text === null || event.inputType !== "insertText" || view.state.readOnly) return false;
  const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
  if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, insert))) view.dispatch(insert());
  event.preventDefault();
  return true;
}

/** Without Mod+Enter, which the pages run programs by. */
function ownKeys() {
  return defaultKeymap.filter((binding) => binding.key !== "Mod-Enter");
}
