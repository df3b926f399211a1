/**
 * A text in which nothing turns the order of the letters after it: each mark that would is shown as what it is, `⟨U+202E⟩`. Without
 * it, `photo_⟨U+202E⟩gpj.exe` reads as a picture, and the sentence around it backwards. Isolates stay: they end where they began.
 *
 * @source UAX #9 §2.1, §2.2
 */
export const unturned = (text: string): string => text.replaceAll(/[\u202a-\u202e]/g, named);

const named = (mark: string): string => `⟨U+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;

/** A text for a terminal: what it would take for an order, or what would turn letters, is shown as what it is. Line feeds stay. */
export const printable = (text: string): string => text.replaceAll(/[^\P{Cc}\n]|[\u2028-\u202e\u2066-\u2069]/gu, named);
