package io.longhaul.benchmarks.mapped;

import io.longhaul.benchmarks.mapped.MappedRun.Result;
import io.longhaul.engine.file.Prefetch;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The runs of a benchmark as a table and as JSON.
 *
 * @param fileBytes of the model
 * @param memoryBytes of the machine
 * @param availableBytes of it, before the first run
 * @param whole what Linux counted from before the first run to after the last
 */
record MappedReport(
    MappedRun run,
    long fileBytes,
    long memoryBytes,
    long availableBytes,
    List<Result> results,
    Counters whole) {

  /** Whether runs with the same tokens gave the same answers. */
  boolean answersAgree() {
    List<Result> off = of(Prefetch.OFF);
    List<Result> on = of(Prefetch.ON);
    for (int i = 0; i < off.size(); i++) {
      if (!off.get(i).answers().equals(on.get(i).answers())) {
        return false;
      }
    }
    return true;
  }

  private List<Result> of(Prefetch prefetch) {
    return results.stream().filter(result -> result.prefetch() == prefetch).toList();
  }

  String markdown() {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s: %.2f GB, %d threads; the machine has %.2f GB, %.2f GB of it available before.%n",
            run.file().getFileName(),
            fileBytes / 1e9,
            run.threads(),
            memoryBytes / 1e9,
            availableBytes / 1e9));
    text.append(
        String.format(
            Locale.ROOT,
            "%s%s %d tokens timed after %d, pages counted during %d more; medians of %d runs each,"
                + " in turn.%n%n",
            run.evictAll()
                ? "The file's pages were forgotten before each run."
                : "Each run found in memory what the one before had left.",
            run.evictShare() > 0
                ? String.format(
                    Locale.ROOT,
                    " Before each token, each expert was forgotten with a probability of %.2f.",
                    run.evictShare())
                : "",
            run.timed(),
            run.warmUp(),
            run.counted(),
            results.size() / 2));
    text.append(
        "| prefetch | tokens/s | lowest to highest | experts' pages found in memory | major faults"
            + " a token | MB read a token | experts' MB a token |\n");
    text.append("|---|---:|---:|---:|---:|---:|---:|\n");
    for (Prefetch prefetch : List.of(Prefetch.OFF, Prefetch.ON)) {
      text.append(row(prefetch));
    }
    text.append(
        String.format(
            Locale.ROOT,
            "%nThe process's own memory: at most %.2f GB. Pages swapped out on the machine: %d;"
                + " processes killed for want of memory: %d.%nThe same answers with and without:"
                + " %s.%n",
            whole.anonymousBytes() / 1e9,
            whole.swappedOutPages(),
            whole.killedProcesses(),
            answersAgree() ? "yes" : "NO"));
    return text.toString();
  }

  private String row(Prefetch prefetch) {
    List<Result> runs = of(prefetch);
    double[] rates = sorted(runs, Result::tokensPerSecond);
    return String.format(
        Locale.ROOT,
        "| %s | %.2f | %.2f to %.2f | %.1f %% | %.0f | %.0f | %.0f |%n",
        prefetch,
        median(runs, Result::tokensPerSecond),
        rates[0],
        rates[rates.length - 1],
        100 * median(runs, r -> r.experts().shareInMemory()),
        median(runs, r -> (double) r.counters().majorFaults() / run.timed()),
        median(runs, r -> (double) r.counters().bytesRead() / run.timed()) / 1e6,
        median(runs, r -> (double) r.experts().bytes() / run.counted()) / 1e6);
  }

  private static double median(List<Result> runs, ToDoubleFunction<Result> of) {
    double[] values = sorted(runs, of);
    int middle = values.length / 2;
    return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }

  private static double[] sorted(List<Result> runs, ToDoubleFunction<Result> of) {
    return runs.stream().mapToDouble(of).sorted().toArray();
  }

  String json() {
    return String.format(
        Locale.ROOT,
        """
        {
          "file": "%s", "file_bytes": %d, "threads": %d,
          "memory_bytes": %d, "available_bytes": %d,
          "warm_up": %d, "timed": %d, "counted": %d, "evicted": %b, "forgotten_share": %s,
          "anonymous_bytes": %d, "swapped_out_pages": %d, "killed_processes": %d,
          "answers_agree": %b,
          "runs": [
        %s
          ]
        }
        """,
        run.file().getFileName().toString().replaceAll("[\\\\\"\\p{Cntrl}]", "_"),
        fileBytes,
        run.threads(),
        memoryBytes,
        availableBytes,
        run.warmUp(),
        run.timed(),
        run.counted(),
        run.evictAll(),
        run.evictShare(),
        whole.anonymousBytes(),
        whole.swappedOutPages(),
        whole.killedProcesses(),
        answersAgree(),
        results.stream().map(this::json).collect(Collectors.joining(",\n")));
  }

  private String json(Result result) {
    return String.format(
        Locale.ROOT,
        "    {\"prefetch\": \"%s\", \"tokens_per_second\": %.4f, \"seconds\": %s, \"experts\": %d,"
            + " \"expert_bytes\": %d, \"requested_bytes\": %d, \"refused_requests\": %d,"
            + " \"counted_pages\": %d, \"pages_in_memory\": %d, \"major_faults\": %d,"
            + " \"bytes_read\": %d}",
        result.prefetch(),
        result.tokensPerSecond(),
        result.seconds().stream().map(s -> String.format(Locale.ROOT, "%.4f", s)).toList(),
        result.experts().experts(),
        result.experts().bytes(),
        result.experts().requestedBytes(),
        result.experts().refusedRequests(),
        result.experts().countedPages(),
        result.experts().pagesInMemory(),
        result.counters().majorFaults(),
        result.counters().bytesRead());
  }
}
