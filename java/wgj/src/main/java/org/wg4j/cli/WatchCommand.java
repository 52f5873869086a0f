// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.wg4j.Device;
import org.wg4j.Peer;
import org.wg4j.PublicKey;

/**
 * {@code show --watch}: what peers do, again and again. On a terminal a table that stays in its
 * place, until the user interrupts it; elsewhere one table after the other, or lines of JSON.
 */
final class WatchCommand {

  /**
   * After so many seconds a session in use has been renewed (REJECT_AFTER_TIME of the protocol).
   */
  static final long SESSION_SECONDS = 180;

  private static final int FALLBACK_ROWS = 24;
  private static final String ENTER = "\033[?1049h\033[?25l\033[?7l";
  private static final String LEAVE = "\033[?7h\033[?25h\033[?1049l";

  /** What rows can be sorted by. */
  private enum Order {
    HANDSHAKE,
    PEER,
    ENDPOINT,
    RX,
    TX,
    RATE
  }

  private record Id(String device, PublicKey peer) {}

  private record Count(long received, long sent) {}

  /** One peer in the table. */
  private record Row(
      String device,
      String label,
      String endpoint,
      Optional<Instant> handshake,
      int keepalive,
      Count count,
      OptionalLong receiveRate,
      OptionalLong sendRate) {

    long rate() {
      return receiveRate.orElse(0) + sendRate.orElse(0);
    }
  }

  private final Session session;
  private final Output out;
  private final Palette paint;
  private final String which;
  private final Order order;
  private final int seconds;
  private final boolean screen;
  private final Map<String, PeerNames> names = new HashMap<>();
  private Map<Id, Count> before = new HashMap<>();
  private long beforeTicks;
  private boolean left;

  private WatchCommand(Session session, String which, Order order, int seconds, boolean screen) {
    this.session = session;
    this.out = session.out();
    this.paint = Palette.of(session);
    this.which = which;
    this.order = order;
    this.seconds = seconds;
    this.screen = screen;
  }

  /** Rows of the terminal that standard output is; empty if it does not say. */
  static OptionalInt terminalRows() {
    try {
      // The JVM has no door to TIOCGWINSZ. The other program's own output is a pipe to us.
      String terminal = "/proc/" + ProcessHandle.current().pid() + "/fd/1";
      List<String> answer = new Shell().lines(List.of("stty", "-F", terminal, "size"));
      int rows = answer.isEmpty() ? 0 : Integer.parseInt(answer.get(0).split(" ")[0]);
      return rows > 0 ? OptionalInt.of(rows) : OptionalInt.empty();
    } catch (IOException | NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  static int run(Session session, String which, Options options) throws Failure {
    int seconds = options.number(session, "show", "--interval", 1, 86_400, 2);
    int count = options.number(session, "show", "--count", 0, Integer.MAX_VALUE, 0);
    Order order = Order.HANDSHAKE;
    if (options.has("--sort")) {
      order = order(session, options.value("--sort").orElseThrow());
    }
    boolean json = options.has("--json");
    boolean screen = !json && session.host().isTerminal();
    WatchCommand watch = new WatchCommand(session, which, order, seconds, screen);
    watch.loop(count, json);
    return 0;
  }

  private static Order order(Session session, String word) throws Failure {
    List<String> words = new ArrayList<>();
    for (Order order : Order.values()) {
      String name = order.name().toLowerCase(Locale.ROOT);
      if (name.equals(word)) {
        return order;
      }
      words.add(name);
    }
    throw Options.wrong(
        session, "show", "--sort is one of " + String.join(", ", words) + ", not `" + word + "'");
  }

  private void loop(int count, boolean json) throws Failure {
    Runnable cancel = () -> {};
    try {
      for (int done = 0; count == 0 || done < count; done++) {
        if (done > 0 && !session.host().pause(seconds * 1_000_000_000L)) {
          return;
        }
        List<Device> devices = new ArrayList<>();
        try {
          List<String> trouble = read(devices, done == 0);
          if (screen && done == 0) {
            // Only now: the first error is for the ordinary screen.
            cancel = session.host().onExit(this::leave);
            print(ENTER);
          }
          if (json) {
            trouble.forEach(session::complain);
            json(devices);
          } else {
            frame(devices, trouble);
          }
        } finally {
          devices.forEach(Device::close);
        }
      }
    } finally {
      if (screen) {
        leave();
        cancel.run();
      }
    }
  }

  /** What cannot be read is an error at first; later it may come back. */
  private List<String> read(List<Device> into, boolean first) throws Failure {
    List<String> trouble = new ArrayList<>();
    try {
      ShowMore.read(session, which, into, first ? session::complain : trouble::add);
    } catch (Failure e) {
      if (first) {
        throw e;
      }
      if (!e.getMessage().isEmpty()) {
        trouble.add(e.getMessage());
      }
    }
    return trouble;
  }

  private void json(List<Device> devices) {
    Json json = new Json(out);
    DeviceJson form = DeviceJson.forPeople(session);
    json.beginObject();
    for (Device device : devices) {
      form.write(json, device, names(device));
    }
    json.endObject().endDocument();
  }

  private PeerNames names(Device device) {
    return names.computeIfAbsent(device.name(), name -> PeerNames.of(session, name));
  }

  // The thread that ends the JVM leaves the screen, too: nothing may be printed after that.

  private synchronized void leave() {
    if (!left) {
      left = true;
      out.print(LEAVE).flush();
    }
  }

  private synchronized void print(String text) {
    if (!left) {
      out.print(text).flush();
    }
  }

  private void frame(List<Device> devices, List<String> trouble) {
    List<Row> rows = rows(devices);
    List<String> lines = new ArrayList<>();
    Instant now = session.clock().instant();
    lines.add(
        (which.equals("all") ? "all interfaces" : which)
            + ", every "
            + seconds
            + " s, by "
            + order.name().toLowerCase(Locale.ROOT)
            + ": "
            + now.truncatedTo(ChronoUnit.SECONDS));
    trouble.forEach(line -> lines.add(paint.red() + line + paint.reset()));
    if (!devices.isEmpty()) {
      lines.addAll(table(rows, now));
    } else if (trouble.isEmpty()) {
      lines.add("There is no WireGuard interface.");
    }
    print(screen ? inPlace(lines) : String.join("\n", lines) + "\n\n");
  }

  private String inPlace(List<String> lines) {
    int rows = session.host().terminalRows().orElse(FALLBACK_ROWS);
    List<String> shown = lines;
    if (lines.size() >= rows) {
      int keep = Math.max(1, rows - 2);
      shown = new ArrayList<>(lines.subList(0, Math.min(keep, lines.size())));
      shown.add("(and " + (lines.size() - keep) + " more)");
    }
    StringBuilder text = new StringBuilder("\033[H");
    for (String line : shown) {
      text.append(line).append("\033[K\n");
    }
    return text.append("\033[J").toString();
  }

  private List<Row> rows(List<Device> devices) {
    long ticks = session.host().ticks();
    long elapsed = ticks - beforeTicks;
    Map<Id, Count> counts = new HashMap<>();
    List<Row> rows = new ArrayList<>();
    for (Device device : devices) {
      PeerNames known = names(device);
      for (Peer peer : device.peers()) {
        Id id = new Id(device.name(), peer.publicKey());
        Count count = new Count(peer.receivedBytes(), peer.sentBytes());
        counts.put(id, count);
        Count old = before.get(id);
        rows.add(
            new Row(
                device.name(),
                known.of(peer.publicKey()).orElseGet(peer.publicKey()::toString),
                peer.endpoint().map(it -> it.format(session::interfaceName)).orElse("(none)"),
                peer.lastHandshake(),
                peer.persistentKeepalive(),
                count,
                rate(old == null ? -1 : count.received() - old.received(), elapsed),
                rate(old == null ? -1 : count.sent() - old.sent(), elapsed)));
      }
    }
    before = counts;
    beforeTicks = ticks;
    rows.sort(comparator());
    return rows;
  }

  /** Bytes per second; empty if the peer was not there before, or its counters began anew. */
  private static OptionalLong rate(long bytes, long nanos) {
    return bytes < 0 || nanos <= 0
        ? OptionalLong.empty()
        : OptionalLong.of(Math.round(bytes * 1e9 / nanos));
  }

  private Comparator<Row> comparator() {
    Comparator<Row> byName = Comparator.comparing(Row::device).thenComparing(Row::label);
    Comparator<Row> wanted =
        switch (order) {
          case HANDSHAKE ->
              Comparator.comparing(
                  (Row row) -> row.handshake().orElse(Instant.MIN), Comparator.reverseOrder());
          case PEER -> Comparator.comparing(Row::label);
          case ENDPOINT -> Comparator.comparing(Row::endpoint);
          case RX -> (a, b) -> Long.compareUnsigned(b.count().received(), a.count().received());
          case TX -> (a, b) -> Long.compareUnsigned(b.count().sent(), a.count().sent());
          case RATE -> Comparator.comparingLong(Row::rate).reversed();
        };
    return wanted.thenComparing(byName);
  }

  /** A cell and the colour of its text. */
  private record Cell(String text, String color) {}

  private List<String> table(List<Row> rows, Instant now) {
    boolean withDevice = which.equals("all");
    List<List<Cell>> cells = new ArrayList<>();
    List<Cell> head = new ArrayList<>();
    for (String title :
        List.of("INTERFACE", "PEER", "ENDPOINT", "HANDSHAKE", "RX/S", "TX/S", "RX", "TX")) {
      head.add(new Cell(title, ""));
    }
    cells.add(head);
    for (Row row : rows) {
      cells.add(
          List.of(
              new Cell(row.device(), paint.green()),
              new Cell(row.label(), paint.yellow()),
              new Cell(row.endpoint(), ""),
              handshake(row, now),
              new Cell(rate(row.receiveRate()), ""),
              new Cell(rate(row.sendRate()), ""),
              new Cell(bytes(row.count().received()), ""),
              new Cell(bytes(row.count().sent()), "")));
    }
    int first = withDevice ? 0 : 1;
    int[] widths = new int[head.size()];
    for (List<Cell> line : cells) {
      for (int i = first; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], width(line.get(i).text()));
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<Cell> line : cells) {
      lines.add(line(line, first, widths));
    }
    return lines;
  }

  private String line(List<Cell> cells, int first, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = first; i < widths.length; i++) {
      Cell cell = cells.get(i);
      boolean number = i >= 4;
      String padding = " ".repeat(widths[i] - width(cell.text()));
      String colored =
          cell.color().isEmpty() ? cell.text() : cell.color() + cell.text() + paint.reset();
      line.append(i == first ? "" : "  ").append(number ? padding + colored : colored + padding);
    }
    return line.toString();
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }

  /** Green while the session lives, red if it should but does not. */
  private Cell handshake(Row row, Instant now) {
    boolean expected = row.keepalive() != 0;
    if (row.handshake().isEmpty()) {
      return new Cell("never", expected ? paint.red() : "");
    }
    long age = now.getEpochSecond() - row.handshake().get().getEpochSecond();
    if (age < 0) {
      return new Cell("in the future", paint.red());
    }
    String color = age <= SESSION_SECONDS ? paint.green() : expected ? paint.red() : paint.yellow();
    return new Cell(age(age), color);
  }

  /** The two largest units. */
  static String age(long seconds) {
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return seconds / 60 + "m " + seconds % 60 + "s";
    }
    if (seconds < 86_400) {
      return seconds / 3600 + "h " + seconds % 3600 / 60 + "m";
    }
    return seconds / 86_400 + "d " + seconds % 86_400 / 3600 + "h";
  }

  private static String bytes(long count) {
    return Pretty.bytes(count, new Palette(false));
  }

  private static String rate(OptionalLong rate) {
    return rate.isPresent() ? bytes(rate.getAsLong()) : "-";
  }
}
