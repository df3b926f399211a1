import type { Section } from "./page.ts";
import type { SubjectKind } from "./subject.ts";
import { type Reader, view, type View } from "./view.ts";

/** A part that another slice puts on a thing's page, with what it found. */
export interface Part {
  readonly section: Section;
  readonly found: unknown;
}

/** What the page of a thing is drawn from: the thing, and the parts of the other slices. */
export interface WithParts<Found> {
  readonly file: Found;
  readonly parts: readonly Part[];
}

/** The view of a thing with the parts that other slices put on its page (`Slice.sections`), read together. */
export const withParts = <Input, Found extends { readonly id: string }>(
  name: string,
  subject: SubjectKind,
  own: View<Input, Found>,
): View<Input, WithParts<Found>> =>
  view({
    name,
    subject,
    input: own.input,
    read: async (reader, input) => {
      const file = await own.read(reader, input);
      return file ? { file, parts: await partsOf(reader, subject.name, file.id) } : undefined;
    },
  });

function partsOf(reader: Reader, kind: string, id: string): Promise<Part[]> {
  const sections = reader.node.registry.slices
    .flatMap((slice): readonly Section[] => slice.sections ?? [])
    .filter(({ on }) => on === kind);
  return Promise.all(
    sections
      .toSorted((a, b) => a.order - b.order)
      .map(async (section) => ({ section, found: await section.read(reader, id) })),
  );
}
