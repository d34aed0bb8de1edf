/** The references of the rich form that represent a value themselves, such as undefined and NaN, as in devalue. */
export const RichReference = {
  undefined: -1,
  hole: -2,
  nan: -3,
  infinity: -4,
  negativeInfinity: -5,
  negativeZero: -6,
  sparse: -7,
} as const;
