// How alike two screenshots are: SSIM (Wang et al. 2004) of their grey values, the mean over windows of 8×8 pixels.

import { PNG } from "pngjs";

const WINDOW = 8;
const STRIDE = 4;
// Eq. 13 with K1 = 0.01, K2 = 0.03 and L = 255.
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** A PNG's bytes as `{ width, height, grey }`, grey 0..255 (Rec. 601). */
export function greyOf(png) {
  const { width, height, data } = PNG.sync.read(png);
  const grey = new Float64Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
  }
  return { width, height, grey };
}

/** The variance of the grey values: 0 for a blank screen. */
export function variance({ grey }) {
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  return grey.reduce((sum, value) => sum + (value - mean) ** 2, 0) / grey.length;
}

/** 1 for the same picture, about 0 for two that have nothing in common. */
export function ssim(a, b) {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`a screenshot of ${a.width}×${a.height} cannot be compared with one of ${b.width}×${b.height}`);
  }
  let sum = 0;
  let windows = 0;
  for (let top = 0; top + WINDOW <= a.height; top += STRIDE) {
    for (let left = 0; left + WINDOW <= a.width; left += STRIDE) {
      sum += ssimOfWindow(a, b, top, left);
      windows += 1;
    }
  }
  return sum / windows;
}

function ssimOfWindow(a, b, top, left) {
  const n = WINDOW * WINDOW;
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let y = top; y < top + WINDOW; y++) {
    for (let x = left; x < left + WINDOW; x++) {
      const [one, other] = [a.grey[y * a.width + x], b.grey[y * b.width + x]];
      sumA += one;
      sumB += other;
      sumAA += one * one;
      sumBB += other * other;
      sumAB += one * other;
    }
  }
  const [meanA, meanB] = [sumA / n, sumB / n];
  const varianceA = sumAA / n - meanA * meanA;
  const varianceB = sumBB / n - meanB * meanB;
  const covariance = sumAB / n - meanA * meanB;
  return (
    ((2 * meanA * meanB + C1) * (2 * covariance + C2)) / ((meanA ** 2 + meanB ** 2 + C1) * (varianceA + varianceB + C2))
  );
}
