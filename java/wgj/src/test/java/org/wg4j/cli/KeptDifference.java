// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.netlink4j.Errno;
import org.wg4j.AllowedIp;

/**
 * What wgj does otherwise than wg(8) on purpose; docs/wg-parity.md names each with its reason. Each
 * takes away from two runs what it stands for, as narrowly as it can: the rest must be the same.
 */
enum KeptDifference {
  /** A key of zeros in an answer means that there is none, even if there was one before. */
  ZERO_KEY {
    private static final Pattern ZERO =
        Pattern.compile(
            "(?m)^private_key=0{64}\n"
                + "|^preshared_key=.*\n((?:(?!public_key|preshared_key).*\n)*)preshared_key=0{64}\n");

    @Override
    ParityCase rewritten(ParityCase what) {
      ParityCase without = what.copy();
      what.devices.forEach(
          (name, answers) ->
              without.device(
                  name,
                  ZERO.matcher(answers.get())
                      .replaceAll(zero -> zero.group(1) == null ? "" : zero.group(1)),
                  answers.set()));
      return without;
    }
  },

  /** wgj has more subcommands, and names them where wg(8) names its own. */
  MORE_COMMANDS {
    @Override
    Pair adjust(ParityCase what, Pair runs) {
      return runs.wg.err().startsWith("Invalid subcommand: ")
          ? new Pair(runs.wg, withoutMoreCommands(runs.wg, runs.wgj))
          : runs;
    }
  },

  /** Help and version are those of another program. */
  OWN_HELP {
    @Override
    Pair adjust(ParityCase what, Pair runs) {
      int words = what.arguments.size();
      boolean help =
          words == 1 && what.isCommand("help", "--help", "-h")
              || words == 2 && what.isCommand("help");
      boolean version = words == 1 && what.isCommand("version", "--version", "-v");
      return help && runs.wgj.out().startsWith("Usage: wg ")
              || version && runs.wgj.out().startsWith("wgj v")
          ? new Pair(new ParityLab.Run(0, runs.wgj.out(), "", runs.wg.requests()), runs.wgj)
          : runs;
    }
  },

  /** A key that has a mistake in it may be almost the key: it is not repeated. */
  HIDDEN_KEYS {
    private static final Pattern WRONG =
        Pattern.compile("(Key is not the correct length or format: `).*('\n)", Pattern.DOTALL);
    private static final Pattern MISPLACED =
        Pattern.compile("(?i)(Line unrecognized: `P(?:rivate|reshared)Key=).+('\n)");

    @Override
    Pair adjust(ParityCase what, Pair runs) {
      if (!runs.wgj.err().contains("(hidden)'\n")) {
        return runs;
      }
      String hidden = WRONG.matcher(runs.wg.err()).replaceAll("$1(hidden)$2");
      hidden = MISPLACED.matcher(hidden).replaceAll("$1(hidden)$2");
      return new Pair(withErr(runs.wg, hidden), runs.wgj);
    }
  },

  /** Prefixes lose their host bits before they are sent or shown. */
  HOST_BITS {
    private static final Pattern PREFIX = Pattern.compile("[0-9a-f:.]*[:.][0-9a-f:.]*/[0-9]+");

    @Override
    Pair adjust(ParityCase what, Pair runs) {
      ParityLab.Run wg = withRequests(runs.wg, lines -> lines.stream().map(this::masked).toList());
      return new Pair(
          new ParityLab.Run(wg.code(), masked(wg.out()), wg.err(), wg.requests(), wg.stale()),
          runs.wgj);
    }

    private String masked(String text) {
      return PREFIX.matcher(text).replaceAll(prefix -> AllowedIp.parse(prefix.group()).toString());
    }
  },

  /** Ports are at most 65535. */
  BIG_PORTS {
    private static final Pattern REFUSED =
        Pattern.compile("Servname not supported for ai_socktype: `(?:.*:)?[ +]*([0-9]+)'\n");

    @Override
    Pair adjust(ParityCase what, Pair runs) {
      Matcher refused = REFUSED.matcher(runs.wgj.err());
      boolean explained =
          refused.find()
              && isTooBig(refused.group(1), 65535)
              && runs.wg.err().startsWith(runs.wgj.err().substring(0, refused.start()));
      return explained ? new Pair(refusal(runs.wgj), runs.wgj) : runs;
    }
  },

  /** Hosts of digits and dots that are no address are not asked of a name server. */
  NUMBERS_AS_NAMES {
    private static final Pattern UNREACHABLE =
        Pattern.compile("Temporary failure in name resolution(: `[0-9.]+:.*'\n)");

    @Override
    Pair adjust(ParityCase what, Pair runs) {
      String words = UNREACHABLE.matcher(runs.wg.err()).replaceAll("Name or service not known$1");
      return new Pair(withErr(runs.wg, words), runs.wgj);
    }
  },

  /** allowed-ips +PREFIX and -PREFIX, as in newer wireguard-tools. */
  PLUS_AND_MINUS {
    private static final Pattern REFUSED =
        Pattern.compile("Unable to parse IP address: `[+-].*'\n\\z");

    @Override
    Pair adjust(ParityCase what, Pair runs) {
      Matcher refused = REFUSED.matcher(runs.wg.err());
      boolean explained =
          what.isCommand("set")
              && refused.find()
              && runs.wgj.err().startsWith(runs.wg.err().substring(0, refused.start()))
              && !runs.wgj.err().endsWith(refused.group());
      return explained ? new Pair(runs.wgj, runs.wgj) : runs;
    }
  },

  /** syncconf clears what the file does not mention, as in newer wireguard-tools. */
  SYNC_CLEARS {
    private static final List<String> CLEARING =
        List.of("preshared_key=" + "0".repeat(64), "persistent_keepalive_interval=0");

    @Override
    Pair adjust(ParityCase what, Pair runs) {
      return what.isCommand("syncconf")
          ? new Pair(withRequests(runs.wg, this::kept), withRequests(runs.wgj, this::kept))
          : runs;
    }

    private List<String> kept(List<String> lines) {
      return lines.stream().filter(line -> !CLEARING.contains(line)).toList();
    }
  },

  /** syncconf removes peers in the device's order. */
  SYNC_ORDER {
    @Override
    Pair adjust(ParityCase what, Pair runs) {
      return what.isCommand("syncconf")
          ? new Pair(withRequests(runs.wg, this::sorted), withRequests(runs.wgj, this::sorted))
          : runs;
    }

    /** With the peers that are removed in one order; they come before all others. */
    private List<String> sorted(List<String> lines) {
      List<String> removals = new ArrayList<>();
      List<String> out = new ArrayList<>(lines);
      int first = lines.indexOf("remove=true") - 1;
      for (int at = first; at >= 0 && lines.get(at + 1).equals("remove=true"); at += 2) {
        removals.add(lines.get(at));
      }
      Collections.sort(removals);
      for (int i = 0; i < removals.size(); i++) {
        out.set(first + 2 * i, removals.get(i));
      }
      return out;
    }
  },

  /** A directory is no file, neither a key's nor an empty configuration. */
  DIRECTORIES {
    private static final Pattern PASSED =
        Pattern.compile("|Unable to (?:modify interface|retrieve current interface .*): .*\n");

    @Override
    Pair adjust(ParityCase what, Pair runs) {
      boolean explained =
          runs.wgj.err().endsWith("fopen: Is a directory\n")
              && (what.isCommand("set")
                      && runs.wg.err().endsWith("Invalid length key in key file\n")
                  || what.isCommand("setconf", "addconf", "syncconf")
                      && PASSED.matcher(runs.wg.err()).matches());
      return explained ? new Pair(refusal(runs.wgj), runs.wgj) : runs;
    }
  },

  /** An endpoint in an answer that is no numeric one is an error, and not a crash. */
  BAD_ENDPOINTS {
    @Override
    Pair adjust(ParityCase what, Pair runs) {
      boolean crashed =
          runs.wg.code() == 139
              || runs.wg.err().matches("Unable to access interface: Unknown error -[0-9]+\n")
              || PORT.matcher(what.devices.toString())
                  .results()
                  .anyMatch(port -> isTooBig(port.group(1), 65535));
      boolean explained =
          crashed
              && what.devices.toString().contains("\nendpoint=")
              && runs.wgj.err().equals("Unable to access interface: Protocol error\n");
      ParityLab.Run refused = new ParityLab.Run(1, "", runs.wgj.err(), runs.wg.requests());
      return explained ? new Pair(refused, runs.wgj) : runs;
    }

    private static final Pattern PORT = Pattern.compile("\nendpoint=.*:([0-9]+)(?=\n)");
  },

  /** Errors of user-space programs have their words, with and without a sign. */
  ERRNO_SIGN {
    private static final Pattern UNKNOWN = Pattern.compile("Unknown error -([0-9]+)");
    private static final Pattern ERRNO = Pattern.compile("(?m)^errno=(-?)([0-9]+)$");

    @Override
    Pair adjust(ParityCase what, Pair runs) {
      String words =
          UNKNOWN
              .matcher(runs.wg.err())
              .replaceAll(number -> Errno.textOf(Integer.parseInt(number.group(1))));
      for (ParityCase.Answers answers : what.devices.values()) {
        List<MatchResult> errnos = ERRNO.matcher(answers.get()).results().toList();
        boolean negative = errnos.stream().anyMatch(errno -> !errno.group(1).isEmpty());
        if (negative && words.endsWith(": Protocol error\n")) {
          int last = Integer.parseInt(errnos.get(errnos.size() - 1).group(2));
          if (last == 0) {
            return new Pair(runs.wgj, runs.wgj);
          }
          words = words.replaceFirst("Protocol error\n\\z", Errno.textOf(last) + "\n");
        }
      }
      return new Pair(withErr(runs.wg, words), runs.wgj);
    }
  },

  /** A socket on which nobody listens is left alone. */
  STALE_SOCKETS {
    @Override
    Pair adjust(ParityCase what, Pair runs) {
      return runs.wg.stale().isEmpty() && runs.wgj.stale().equals(what.stale)
          ? new Pair(
              runs.wg,
              new ParityLab.Run(
                  runs.wgj.code(), runs.wgj.out(), runs.wgj.err(), runs.wgj.requests()))
          : runs;
    }
  },

  /** Names of interfaces that are too long are shown as they are, not cut. */
  LONG_NAMES {
    @Override
    Pair adjust(ParityCase what, Pair runs) {
      String out = runs.wgj.out();
      for (String name : what.devices.keySet()) {
        out = name.length() <= 15 ? out : out.replace(name + "\n", name.substring(0, 15) + "\n");
      }
      return what.arguments.equals(List.of("show", "all"))
          ? new Pair(
              runs.wg,
              new ParityLab.Run(
                  runs.wgj.code(), out, runs.wgj.err(), runs.wgj.requests(), runs.wgj.stale()))
          : runs;
    }
  },

  /** show all endpoints names the interface on each line, as show all does with other fields. */
  ENDPOINTS_OF_ALL {
    @Override
    Pair adjust(ParityCase what, Pair runs) {
      return what.arguments.equals(List.of("show", "all", "endpoints"))
          ? new Pair(unnamed(what, runs.wg), unnamed(what, runs.wgj))
          : runs;
    }

    private ParityLab.Run unnamed(ParityCase what, ParityLab.Run run) {
      String out = run.out();
      for (String name : what.devices.keySet()) {
        out = out.replace(name + "\t", "");
      }
      return new ParityLab.Run(run.code(), out, run.err(), run.requests());
    }
  },

  /** Times and counts that cannot be are errors, and not what 64 bits make of them. */
  IMPOSSIBLE_NUMBERS {
    private static final Pattern NUMBER =
        Pattern.compile(
            "(?m)^(last_handshake_time_n?sec|[rt]x_bytes|allowed_ip)=(?:.*/)?([0-9]+)$");

    @Override
    Pair adjust(ParityCase what, Pair runs) {
      boolean explained =
          runs.wgj.err().endsWith(": Protocol error\n")
              && what.devices.values().stream()
                  .flatMap(answers -> NUMBER.matcher(answers.get()).results())
                  .anyMatch(number -> isImpossible(number.group(1), number.group(2)));
      ParityLab.Run refused = new ParityLab.Run(1, "", runs.wgj.err(), runs.wg.requests());
      return explained ? new Pair(refused, runs.wgj) : runs;
    }

    private boolean isImpossible(String field, String digits) {
      return switch (field) {
        case "allowed_ip" -> isTooBig(digits, 255);
        case "last_handshake_time_nsec" -> isTooBig(digits, 999_999_999);
        case "last_handshake_time_sec" -> isTooBig(digits, Instant.MAX.getEpochSecond());
        default -> new BigInteger(digits).bitLength() > 64;
      };
    }
  },

  /** Bytes that are no UTF-8 come out as the replacement character. */
  NO_UTF8 {
    @Override
    Pair adjust(ParityCase what, Pair runs) {
      byte[] text =
          new String(ParityCase.bytes(runs.wg.err()), StandardCharsets.UTF_8)
              .getBytes(StandardCharsets.UTF_8);
      String replaced = new String(text, StandardCharsets.ISO_8859_1);
      return new Pair(withErr(runs.wg, replaced), runs.wgj);
    }
  };

  private static final Pattern COMMAND = Pattern.compile("(?m)^  [a-z-]+: .*\n");

  /** What both programs did. */
  record Pair(ParityLab.Run wg, ParityLab.Run wgj) {}

  private static boolean isTooBig(String digits, long most) {
    return new BigInteger(digits).compareTo(BigInteger.valueOf(most)) > 0;
  }

  /** What wgj did, without the commands in its usage that wg(8) does not have. */
  static ParityLab.Run withoutMoreCommands(ParityLab.Run wg, ParityLab.Run wgj) {
    String fewer =
        COMMAND.matcher(wgj.err()).replaceAll(line -> wg.err().contains(line.group()) ? "$0" : "");
    return withErr(wgj, fewer);
  }

  /** The runs without this difference; as they are if it is not between them. */
  Pair adjust(ParityCase what, Pair runs) {
    return runs;
  }

  /** The case in which wg(8) does what wgj does in {@code what}; itself if there is none. */
  ParityCase rewritten(ParityCase what) {
    return what;
  }

  /** What the run should be if the command was refused with what it says on standard error. */
  private static ParityLab.Run refusal(ParityLab.Run run) {
    return new ParityLab.Run(1, "", run.err(), List.of());
  }

  private static ParityLab.Run withErr(ParityLab.Run run, String err) {
    return new ParityLab.Run(run.code(), run.out(), err, run.requests(), run.stale());
  }

  private static ParityLab.Run withRequests(ParityLab.Run run, UnaryOperator<List<String>> change) {
    return new ParityLab.Run(
        run.code(),
        run.out(),
        run.err(),
        run.requests().stream()
            .map(text -> String.join("\n", change.apply(List.of(text.split("\n", -1)))))
            .toList());
  }
}
