import { render } from "preact";
import "./shell/style.css";
import { App } from "./shell/App";
import { applyTheme } from "./shell/theme";
import { allowOwnScripts } from "./shell/trust";

allowOwnScripts();
applyTheme();
render(<App />, document.getElementById("app")!);
