/** Colours that remain distinct under the common kinds of colour blindness (Okabe and Ito, 2008). */
export const OKABE_ITO = {
  black: "#1a1a1a",
  orange: "#e69f00",
  skyBlue: "#56b4e9",
  green: "#009e73",
  blue: "#0072b2",
  vermilion: "#d55e00",
  purple: "#cc79a7",
} as const;

/** The same for charts within a page of {@link PAGE_STYLE}, which lightens them where the reader's screen is dark. */
export const PAGE_COLOURS = {
  ink: "currentColor",
  orange: "var(--orange)",
  skyBlue: "var(--sky-blue)",
  green: "var(--green)",
  blue: "var(--blue)",
  vermilion: "var(--vermilion)",
  purple: "var(--purple)",
  /** Grids and other lines that only help. */
  faint: "var(--line)",
  /** What stands in the background of a comparison. */
  soft: "var(--soft)",
} as const;
