import "./browser-globals.ts";
import "./verify-page.ts";
