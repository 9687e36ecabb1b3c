// What stands below the ends of the colours: numbers that the tensor could hold, told apart.
import { describe, expect, it } from "vitest";
import { endsOf } from "../src/components/Legend";

describe("endsOf", () => {
  it("is where the histogram of floats ends", () => {
    expect(endsOf(-2.61332, 3.41053)).toEqual(["-2.613", "3.411"]);
  });
  it("is the first and last of whole numbers, whose bars reach beyond them", () => {
    expect(endsOf(-0.5, 255.5, "u")).toEqual(["0", "255"]);
    expect(endsOf(-3.5, 2.5, "i")).toEqual(["-3", "2"]);
  });
  it("tells large numbers apart that begin alike", () => {
    expect(endsOf(1234567890123, 1234567890323, "i")).toEqual(["1234567890123", "1234567890323"]);
    expect(endsOf(1.00001, 1.00002)).toEqual(["1.00001", "1.00002"]);
  });
  it("shows no digits that are not exact", () => {
    expect(endsOf(2 ** 53, 2 ** 53 + 200, "i")).toEqual(["9.007e+15", "9.007e+15"]);
  });
  it("says true and false", () => {
    expect(endsOf(-0.5, 1.5, "b")).toEqual(["False", "True"]);
  });
});
