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
