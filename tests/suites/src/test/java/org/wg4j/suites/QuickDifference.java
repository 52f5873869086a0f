// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.wg4j.AllowedIp;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.ConfigListener;
import org.wg4j.HostPort;
import org.wg4j.IpAddress;
import org.wg4j.suites.QuickLane.Observation;

/**
 * What wgj does otherwise than wg-quick on purpose; docs/wg-parity.md names each with its reason.
 * Each takes away from what a call came to with both what it stands for, as narrowly as it can: the
 * rest must be the same.
 */
enum QuickDifference {
  /** The whole file is understood before anything is done, hooks included. */
  CHECKED_FIRST {
    private static final Pattern OWN_WORDS =
        Pattern.compile(
            "Unable to parse IP address: .*\nConfiguration parsing error\n"
                + "|AllowedIP is not in the correct format: .*\nConfiguration parsing error\n"
                + "|wg-quick: .*not an? (?:MTU|routing table).*\n"
                + "|Line unrecognized: `Address'\nConfiguration parsing error\n");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      boolean refused =
          runs.isUp()
              && runs.ours.code() == 1
              && !runs.ours.err().contains("[#] ")
              && runs.ours.state().equals(runs.before.state());
      String said = withoutWarnings(runs.stock.err().replaceAll("(?m)^\\[#] .*\n", ""));
      String own = withoutWarnings(runs.ours.err());
      boolean explained =
          refused
              && runs.stock.err().contains("[#] ")
              && (runs.stock.code() != 0 || isReplaced(own, what.configuration()))
              && (said.endsWith(own)
                  || !runs.stock.err().contains("[#] wg ")
                  || OWN_WORDS.matcher(own).matches());
      return explained ? runs.agreed() : runs;
    }

    /** Whether a later line says the same again, so that wg-quick never uses this one. */
    private boolean isReplaced(String complaint, String configuration) {
      Matcher about = Pattern.compile("line [0-9]+: (MTU|Table): ").matcher(complaint);
      return about.find()
          && Pattern.compile("(?m)^" + about.group(1) + " = ")
                  .matcher(configuration)
                  .results()
                  .count()
              > 1;
    }

    private String withoutWarnings(String err) {
      return err.replaceAll("(?m)^Warning: .*\n", "");
    }
  },

  /** ip(8) takes 10.1.0/24 for 10.1.0.0/24. */
  SHORT_ADDRESSES {
    private static final Pattern SHORT =
        Pattern.compile(
            "Unable to parse IP address: `[0-9]+(?:\\.[0-9]+){0,2}(?:/[0-9]+)?'\n"
                + "Configuration parsing error\n");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      return runs.isUp() && runs.ours.code() == 1 && SHORT.matcher(runs.ours.err()).matches()
          ? runs.agreed()
          : runs;
    }
  },

  /** A word of DNS that looks like an address is one. */
  NAME_SERVERS {
    private static final Pattern REFUSED =
        Pattern.compile("Unable to parse IP address: `(.*)'\nConfiguration parsing error\n");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      Matcher refused = REFUSED.matcher(runs.ours.err());
      boolean explained =
          runs.isUp()
              && runs.ours.code() == 1
              && refused.matches()
              && Pattern.compile("(?m)^DNS = (?:.*[ ,])?" + Pattern.quote(refused.group(1)))
                  .matcher(what.configuration())
                  .find();
      return explained ? runs.agreed() : runs;
    }
  },

  /** The link is made before PreUp runs, and in words that no name can be mistaken for. */
  LINK_FIRST {
    private static final Pattern ADDED =
        Pattern.compile("(?m)^\\[#] ip link add \\S+ type wireguard\n");
    private static final Pattern OURS =
        Pattern.compile("(?m)^\\[#] ip link add dev \\S+ type wireguard\n");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      Matcher ours = OURS.matcher(runs.ours.err());
      if (!ours.find()) {
        return runs;
      }
      if (runs.stock.err().contains("Error: either \"dev\" is duplicate")) {
        return runs.agreed();
      }
      String err = runs.stock.err();
      Matcher added = ADDED.matcher(err);
      boolean there = added.find();
      int first = err.indexOf("[#] ");
      if (there && added.start() == first) {
        return runs.withErr(
            added.replaceFirst(Matcher.quoteReplacement(ours.group())), runs.ours.err());
      }
      err = added.replaceFirst("");
      return runs.withErr(
          first < 0 ? err : err.substring(0, first) + ours.group() + err.substring(first),
          runs.ours.err());
    }
  },

  /** What PreUp has set stays. */
  ADDCONF {
    @Override
    Pair adjust(QuickCase what, Pair runs) {
      return runs.withErr(
          runs.stock.err().replaceAll("(?m)^\\[#] wg setconf ", "[#] wg addconf "),
          runs.ours.err());
    }
  },

  /** The rules of a default route are there before the route. */
  RULES_FIRST {
    private static final Pattern ROUTE =
        Pattern.compile(
            "(?m)^(\\[#] ip -[46] route add \\S+/0 dev \\S+ table [0-9]+\n)"
                + "(\\[#] ip -[46] rule add not fwmark .*\n\\[#] ip -[46] rule add table main .*\n)");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      return runs.withErr(ROUTE.matcher(runs.stock.err()).replaceAll("$2$1"), runs.ours.err());
    }
  },

  /** Host bits are warned of when the file is read, before anything is done. */
  HOST_BITS_AT_ONCE {
    private static final Pattern WARNING =
        Pattern.compile("(?m)^Warning: AllowedIP has nonzero host part: .*\n");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      boolean unread = runs.isUp() && !runs.stock.err().contains("[#] wg ");
      String ours = front(runs.ours.err());
      return runs.withErr(
          front(runs.stock.err()), unread ? WARNING.matcher(ours).replaceAll("") : ours);
    }

    private String front(String err) {
      StringBuilder out = new StringBuilder();
      WARNING.matcher(err).results().forEach(warning -> out.append(warning.group()));
      return out + WARNING.matcher(err).replaceAll("");
    }
  },

  /** Whether the check of source addresses looks at marks is not set where it is set already. */
  SOURCE_MARK_ONCE {
    private static final String SET = "[#] sysctl -q net.ipv4.conf.all.src_valid_mark=1\n";

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      return runs.ours.err().contains(SET)
          ? runs
          : runs.withErr(runs.stock.err().replace(SET, ""), runs.ours.err());
    }
  },

  /** '#' does not end a hook. */
  WHOLE_HOOKS {
    @Override
    Pair adjust(QuickCase what, Pair runs) {
      String ours = runs.ours.err().replaceAll("(?m)^(\\[#] .*?)[ \t]*#.*$", "$1");
      return runs.withErr(runs.stock.err(), ours);
    }
  },

  /** Addresses and name servers are written as the kernel shows addresses. */
  CANONICAL {
    private static final Pattern ADDRESS =
        Pattern.compile("(?m)(?<=^\\[#] ip -6 address add |^nameserver )[^/ \n]+");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      Observation stock = runs.stock;
      return new Pair(
          runs.before,
          new Observation(
              stock.words(),
              stock.code(),
              stock.out(),
              canonical(stock.err()),
              canonical(stock.state()),
              canonical(stock.calls()),
              stock.diary(),
              stock.file()),
          runs.ours);
    }

    private String canonical(String text) {
      return ADDRESS
          .matcher(text)
          .replaceAll(
              word ->
                  IpAddress.tryParse(word.group()).map(IpAddress::toString).orElse(word.group()));
    }
  },

  /** A key that has a mistake in it may be almost the key: it is not repeated. */
  HIDDEN_KEYS {
    private static final Pattern WRONG =
        Pattern.compile("(Key is not the correct length or format: `).*('\n)");
    private static final Pattern MISPLACED =
        Pattern.compile("(?i)(Line unrecognized: `P(?:rivate|reshared)Key=).+('\n)");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      if (!runs.ours.err().contains("(hidden)'\n")) {
        return runs;
      }
      String hidden = WRONG.matcher(runs.stock.err()).replaceAll("$1(hidden)$2");
      hidden = MISPLACED.matcher(hidden).replaceAll("$1(hidden)$2");
      Pair pair = runs.withErr(hidden, runs.ours.err());
      return CHECKED_FIRST.adjust(what, pair);
    }
  },

  /**
   * The smallest MTU of all ways to endpoints; an IPv6 default route counts if there is no other.
   */
  SMALLEST_MTU {
    private static final Pattern ENDPOINT = Pattern.compile("(?im)\\bendpoint\\b(?!\\s*$)");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      boolean several = ENDPOINT.matcher(what.configuration() + what.steps()).results().count() > 1;
      boolean onlyV6 =
          what.preparation().contains("ip route del default")
              && !what.preparation().contains("ip -6 route del default");
      return several || onlyV6
          ? new Pair(runs.before, masked(runs.stock), masked(runs.ours))
          : runs;
    }

    private Observation masked(Observation one) {
      String err = one.err().replaceAll("(?m)^(\\[#] ip link set mtu) [0-9]+ up", "$1 ? up");
      String state = one.state().replaceAll("(?m)^(q0: <.*> mtu) [0-9]+ ", "$1 ? ");
      return withState(withErr(one, err), state);
    }
  },

  /** Without nft and iptables a tunnel comes up without firewall rules, with a warning. */
  NO_FIREWALL {
    @Override
    Pair adjust(QuickCase what, Pair runs) {
      boolean explained =
          what.firewall().equals("none")
              && runs.isUp()
              && runs.stock.code() == 127
              && runs.ours.err().contains("[!] nft and iptables are missing: ");
      return explained ? runs.agreed() : runs;
    }
  },

  /** That resolvconf is missing is said with what to do about it. */
  NO_RESOLVCONF {
    private static final Pattern MISSING =
        Pattern.compile("(?m)^\\S+wg-quick: line [0-9]+: resolvconf: command not found\n");
    private static final Pattern OURS =
        Pattern.compile("(?m)^wg-quick: DNS is set, but there is no resolvconf: .*\n");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      return runs.withErrReplaced(MISSING, OURS, "");
    }
  },

  /** bash names the program and the line when it complains of a hook. */
  BASH_WORDS {
    private static final Pattern PLACE =
        Pattern.compile("(?m)^(?:/\\S+/wg-quick|wgj): line [0-9]+: ");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      return runs.withErrReplaced(PLACE, PLACE, "hook: ");
    }
  },

  /**
   * A failed up is undone whole, each step in the log, and without complaints of what is not there.
   */
  ROLLBACK {
    private static final Pattern UNDOING =
        Pattern.compile(
            "(?:\\[#] (?:ip link delete dev|ip -[46] rule delete|resolvconf -d|nft -f|ip6?tables-restore) ?.*\n"
                + "|Cannot find device .*\n|Unable to access interface: .*\n"
                + "|resolvconf: no\n|nft: no\n)+\\z");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      boolean undone =
          runs.isUp()
              && (runs.stock.code() == runs.ours.code() || losesCode(runs.stock))
              && runs.ours.code() != 0
              && withoutSourceMark(runs.ours.state())
                  .equals(withoutSourceMark(runs.before.state()));
      if (!undone) {
        return runs;
      }
      String stock = done(runs.stock.err());
      String ours = done(runs.ours.err());
      String calls = runs.ours.calls().replaceAll("resolvconf -d \\S+ -f\n\\z", "");
      String stockCalls = withoutLists(runs.stock.calls());
      boolean sameCalls = calls.equals(stockCalls) || runs.ours.calls().equals(stockCalls);
      return stock.equals(ours) && sameCalls && runs.stock.diary().equals(runs.ours.diary())
          ? runs.agreed()
          : runs;
    }

    /** The script ends with what its own undoing ended with. */
    private boolean losesCode(Observation stock) {
      return stock.code() == 1 && stock.err().matches("(?s).*\nCannot find device .*\n");
    }

    /** A route that is refused has its rules before it with one, and none with the other. */
    private String done(String err) {
      return UNDOING
          .matcher(err)
          .replaceAll("")
          .replaceAll("(?m)^\\[#] ip -[46] rule add .*\n", "");
    }
  },

  /** An endpoint to which there is no way is not complained of while the MTU is chosen. */
  QUIET_MTU {
    private static final Pattern COMPLAINT =
        Pattern.compile(
            "(?m)^RTNETLINK answers: .*\n(?=(?:RTNETLINK .*\n)*\\[#] ip link set mtu )");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      return runs.withErr(COMPLAINT.matcher(runs.stock.err()).replaceAll(""), runs.ours.err());
    }
  },

  /** Saving changes what has changed, and nothing else in the file. */
  KEEPS_FILE {
    private static final Pattern SAVES = Pattern.compile("(?im)^\\s*saveconfig\\s*=\\s*true");

    @Override
    Pair adjust(QuickCase what, Pair runs) {
      boolean saves =
          SAVES.matcher(what.configuration()).find() || what.steps().toString().contains("[save, ");
      if (!saves) {
        return runs;
      }
      if (runs.isUp()) {
        return sameFile(new Pair(runs.before, likeSaved(runs.stock), likeSaved(runs.ours)));
      }
      return sameFile(runs);
    }

    private Pair sameFile(Pair runs) {
      boolean same = meaning(runs.stock.file()).equals(meaning(runs.ours.file()));
      boolean mode =
          mode(runs.ours.file()).equals(mode(runs.stock.file()))
              || mode(runs.ours.file()).equals("640") && mode(runs.stock.file()).equals("600");
      return same && mode ? runs.withFile(runs.ours.file()) : runs;
    }

    /** When a saved file comes up: order, lengths that need not be written, host bits, domains. */
    private Observation likeSaved(Observation one) {
      String err =
          one.err()
              .replaceAll("(?m)^Warning: AllowedIP has nonzero host part: .*\n", "")
              .replaceAll("(?m)(?<=^\\[#] ip -[46] address add \\S{1,50})/(?:32|128)(?= dev )", "");
      return new Observation(
          one.words(),
          one.code(),
          one.out(),
          sorted(err),
          sorted(withoutDomains(one.state())),
          withoutDomains(withoutLists(one.calls())),
          one.diary(),
          one.file());
    }

    private String uncommented(List<String> hooks) {
      return hooks.stream().map(hook -> hook.replaceAll("\\s*#.*", "")).toList().toString();
    }

    private String sorted(String lines) {
      return lines.lines().sorted().collect(Collectors.joining("\n"));
    }

    private String mode(String file) {
      return file.substring(0, Math.max(0, file.indexOf('\n')));
    }

    /** All that it says, but for search domains, which wg-quick loses. */
    private Set<String> meaning(String file) {
      Set<String> said = new HashSet<>();
      byte[] text = file.substring(file.indexOf('\n') + 1).getBytes(StandardCharsets.UTF_8);
      try (ConfigFile config =
          ConfigFile.parse(text, ConfigFile.Dialect.WG_QUICK, ConfigListener.NONE)) {
        said.add(
            config.privateKey().value()
                + " "
                + config.listenPort().value()
                + config.fwmark().value());
        config.quick().addresses().forEach(a -> said.add(a.address() + "/" + a.length()));
        said.add(config.quick().nameServers() + " " + config.quick().mtu());
        said.add(config.quick().table().number() + " " + config.quick().table().isOff());
        said.add(uncommented(config.quick().preUp()) + uncommented(config.quick().postUp()));
        said.add(uncommented(config.quick().preDown()) + uncommented(config.quick().postDown()));
        said.add("" + config.quick().saveConfig());
        for (ConfigFile.PeerSection peer : config.peers()) {
          said.add(
              peer.publicKey()
                  + " "
                  + peer.presharedKey().value().isPresent()
                  + peer.endpoint().map(QuickDifference::numeric)
                  + peer.allowedIps().stream().map(AllowedIp::toString).distinct().sorted().toList()
                  + peer.persistentKeepalive().value());
        }
        return said;
      } catch (ConfigException e) {
        return Set.of("broken: " + e.getMessage() + " " + file.hashCode());
      }
    }
  },

  /** Rules of another tunnel stay. */
  OTHER_TUNNELS {
    @Override
    Pair adjust(QuickCase what, Pair runs) {
      return new Pair(runs.before, without(runs.stock), without(runs.ours));
    }

    private Observation without(Observation one) {
      String rule = "(?m)^[0-9]+:\tfrom all lookup main suppress_prefixlength 0.*\n";
      String log = "(?m)^\\[#] ip -[46] rule delete table main suppress_prefixlength 0\n";
      return withState(
          withErr(one, one.err().replaceAll(log, "")), one.state().replaceAll(rule, ""));
    }
  },

  /** A mark that is the number of a table with a name: the rules go, and only they. */
  KERNEL_TABLES {
    @Override
    Pair adjust(QuickCase what, Pair runs) {
      String rule = "(?m)^[0-9]+:\tnot from all fwmark 0xfd lookup default.*\n";
      String log = "(?m)^\\[#] ip -[46] rule delete table 253\n";
      return runs.words().contains("down")
          ? new Pair(
              runs.before,
              withState(runs.stock, runs.stock.state().replaceAll(rule, "")),
              withErr(runs.ours, runs.ours.err().replaceAll(log, "")))
          : runs;
    }
  };

  private static final Pattern SOURCE_MARK = Pattern.compile("(?m)^# source mark [01]$");

  /**
   * What both programs came to with a call.
   *
   * @param before how it was before all calls
   */
  record Pair(Observation before, Observation stock, Observation ours) {

    List<String> words() {
      return ours.words();
    }

    boolean isUp() {
      return ours.words().contains("up");
    }

    /** As if wg-quick had done what wgj does. */
    Pair agreed() {
      return new Pair(before, ours, ours);
    }

    Pair withErr(String stockErr, String oursErr) {
      return new Pair(
          before, QuickDifference.withErr(stock, stockErr), QuickDifference.withErr(ours, oursErr));
    }

    Pair withErrReplaced(Pattern inStock, Pattern inOurs, String by) {
      return withErr(
          inStock.matcher(stock.err()).replaceAll(by), inOurs.matcher(ours.err()).replaceAll(by));
    }

    Pair withFile(String file) {
      return new Pair(before, with(stock, file), with(ours, file));
    }

    private static Observation with(Observation one, String file) {
      String calls = withoutDomains(withoutLists(one.calls()));
      return new Observation(
          one.words(), one.code(), one.out(), one.err(), one.state(), calls, one.diary(), file);
    }
  }

  /** The two without this difference; as they are if it is not between them. */
  abstract Pair adjust(QuickCase what, Pair runs);

  /** Neither program can know who else relies on it by now, so it stays set. */
  static String withoutSourceMark(String state) {
    return SOURCE_MARK.matcher(state).replaceAll("");
  }

  /** wgj takes name servers from the file when it saves. */
  private static String withoutLists(String calls) {
    return calls.replaceAll("(?m)^resolvconf -l .*\n", "");
  }

  /** wg-quick saves none. */
  private static String withoutDomains(String text) {
    return text.replaceAll("(?m)^search .*\n", "");
  }

  private static Observation withErr(Observation one, String err) {
    return new Observation(
        one.words(), one.code(), one.out(), err, one.state(), one.calls(), one.diary(), one.file());
  }

  private static Observation withState(Observation one, String state) {
    return new Observation(
        one.words(), one.code(), one.out(), one.err(), state, one.calls(), one.diary(), one.file());
  }

  /** The corpus knows one host name and one service. */
  private static String numeric(HostPort endpoint) {
    return endpoint.host().replace("peer.example", "192.0.2.77")
        + " "
        + endpoint.port().replace("domain", "53");
  }
}
