// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A guest's RAM, all of it, read from outside while the guest runs: what its kernel has freed and
 * not overwritten is there too.
 */
public final class GuestMemory {
  private static final Pattern MAPPING =
      Pattern.compile("([0-9a-f]+)-([0-9a-f]+) rw-p [0-9a-f]+ 00:00 0\\s*");

  private static final int CHUNK = 4 << 20;

  /**
   * Where something was found.
   *
   * @param what which of the byte strings that were looked for
   * @param at its place, counted from the start of the RAM
   */
  public record Hit(int what, long at) {}

  private record Range(long from, long to) {}

  private final Path process;
  private final long bytes;

  GuestMemory(long pid, int memoryMiB) {
    process = Path.of("/proc", Long.toString(pid));
    bytes = (long) memoryMiB << 20;
  }

  /**
   * Looks for byte strings at every address.
   *
   * @param wanted each two bytes long or longer
   * @return every occurrence
   * @throws LabException if the RAM cannot be read
   */
  public List<Hit> find(List<byte[]> wanted) {
    Finder finder = new Finder(wanted);
    try (RandomAccessFile memory = new RandomAccessFile(process.resolve("mem").toFile(), "r")) {
      Range ram = ram();
      byte[] buffer = new byte[CHUNK + finder.longest];
      int kept = 0;
      for (long at = ram.from(); at < ram.to(); ) {
        int length = (int) Math.min(CHUNK, ram.to() - at);
        memory.seek(at);
        memory.readFully(buffer, kept, length);
        finder.search(buffer, kept + length, at - kept - ram.from(), at + length == ram.to());
        at += length;
        // What begins in the last bytes of this piece is judged with the next.
        int keep = Math.min(finder.longest - 1, kept + length);
        System.arraycopy(buffer, kept + length - keep, buffer, 0, keep);
        kept = keep;
      }
    } catch (IOException e) {
      throw new LabException("the guest's memory cannot be read", e);
    }
    return List.copyOf(finder.hits);
  }

  /** The only mapping of QEMU's that is as large: nothing else of its is. */
  private Range ram() throws IOException {
    List<Range> large = new ArrayList<>();
    for (String line : Files.readAllLines(process.resolve("maps"))) {
      Matcher matcher = MAPPING.matcher(line);
      if (matcher.matches()) {
        Range range =
            new Range(
                Long.parseUnsignedLong(matcher.group(1), 16),
                Long.parseUnsignedLong(matcher.group(2), 16));
        if (range.to() - range.from() >= bytes) {
          large.add(range);
        }
      }
    }
    if (large.size() != 1) {
      throw new LabException("which of " + large + " is the guest's RAM of " + bytes + " bytes?");
    }
    return large.get(0);
  }

  /** Most places fail the look at two bytes, which costs one step each. */
  private static final class Finder {
    private final List<byte[]> wanted;
    private final boolean[] begins = new boolean[1 << 16];
    private final int longest;
    private final List<Hit> hits = new ArrayList<>();

    Finder(List<byte[]> wanted) {
      this.wanted = wanted;
      longest = wanted.stream().mapToInt(each -> each.length).max().orElse(2);
      wanted.forEach(each -> begins[(each[0] & 0xff) << 8 | each[1] & 0xff] = true);
    }

    /** Of the places that the next piece will hold again, only the last piece judges any. */
    void search(byte[] buffer, int length, long base, boolean last) {
      int end = last ? length - 1 : length - longest + 1;
      for (int i = 0; i < end; i++) {
        if (begins[(buffer[i] & 0xff) << 8 | buffer[i + 1] & 0xff]) {
          compare(buffer, i, length, base);
        }
      }
    }

    private void compare(byte[] buffer, int at, int length, long base) {
      for (int what = 0; what < wanted.size(); what++) {
        byte[] each = wanted.get(what);
        if (at + each.length <= length
            && Arrays.equals(buffer, at, at + each.length, each, 0, each.length)) {
          hits.add(new Hit(what, base + at));
        }
      }
    }
  }
}
