// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

/** Times and sizes as people read them. */
final class Pretty {

  private static final long[] SECONDS = {365 * 24 * 3600, 24 * 3600, 3600, 60, 1};
  private static final String[] UNITS = {"year", "day", "hour", "minute", "second"};
  private static final String[] SIZES = {"KiB", "MiB", "GiB", "TiB"};

  private Pretty() {}

  /** A time that lies so many seconds back. */
  static String ago(long seconds, Palette paint) {
    if (seconds == 0) {
      return "Now";
    }
    if (seconds < 0) {
      return "("
          + paint.red()
          + "System clock wound backward; connection problems may ensue."
          + paint.reset()
          + ")";
    }
    return duration(seconds, paint) + " ago";
  }

  static String duration(long seconds, Palette paint) {
    StringBuilder text = new StringBuilder();
    long left = seconds;
    for (int i = 0; i < SECONDS.length; i++) {
      long count = left / SECONDS[i];
      left %= SECONDS[i];
      if (count > 0) {
        text.append(text.length() == 0 ? "" : ", ").append(count).append(' ');
        text.append(paint.cyan()).append(UNITS[i]).append(count == 1 ? "" : "s");
        text.append(paint.reset());
      }
    }
    return text.toString();
  }

  /** An unsigned number of bytes, with two decimals from a KiB on. */
  static String bytes(long bytes, Palette paint) {
    String number;
    String unit;
    if (bytes >>> 10 == 0) {
      number = Long.toString(bytes);
      unit = "B";
    } else {
      int power = 1;
      while (power < SIZES.length && bytes >>> 10 * (power + 1) != 0) {
        power++;
      }
      number = twoDecimals(bytes, 10 * power);
      unit = SIZES[power - 1];
    }
    return number + " " + paint.cyan() + unit + paint.reset();
  }

  /** {@code value / 2^shift} as printf's %.2f writes it: ties go to the even digit. */
  private static String twoDecimals(long value, int shift) {
    long whole = value >>> shift;
    long scaled = (value & (1L << shift) - 1) * 100;
    long hundredths = scaled >>> shift;
    long rest = scaled & (1L << shift) - 1;
    long half = 1L << shift - 1;
    if (rest > half || rest == half && (hundredths & 1) == 1) {
      hundredths++;
    }
    if (hundredths == 100) {
      whole++;
      hundredths = 0;
    }
    return whole + (hundredths < 10 ? ".0" : ".") + hundredths;
  }
}
