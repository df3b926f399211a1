export { type Observable, OBSERVABLE_TYPES, type ObservableType } from "./finding.ts";
export { findObservables, OBSERVABLES_MAX } from "./observable.ts";
export { readPhone } from "./phones.ts";
