# Computes the statistics of exact.py with base R, in double precision.
#
# Usage: Rscript r_reference.R ROOT > r_values.tsv
#
# Writes "version<TAB>x.y.z", then one line for each value: JSON file, column, statistic, value with 17 significant
# digits (NA where R has no value). Only tables and formula names are read, never an expected value.

QUANTILES <- c("0", "0.01", "0.1", "0.25", "0.333", "0.5", "0.75", "0.9", "1")
EXAMPLES <- c("us_states_1977", "old_faithful")

gini <- function(x) {
  x <- sort(x)
  n <- length(x)
  2 * sum(seq_len(n) * x) / (n * sum(x)) - (n + 1) / n
}

emit <- function(file, column, statistic, value) {
  cat(file, column, statistic, sprintf("%.17g", value), sep = "\t")
  cat("\n")
}

describe <- function(file, column, x) {
  x <- x[!is.na(x)]
  none <- length(x) == 0
  emit(file, column, "count", length(x))
  emit(file, column, "sum", sum(x))
  emit(file, column, "mean", if (none) NA_real_ else mean(x))
  emit(file, column, "min", if (none) NA_real_ else min(x))
  emit(file, column, "max", if (none) NA_real_ else max(x))
  emit(file, column, "median", if (none) NA_real_ else median(x))
  emit(file, column, "variance", var(x))
  emit(file, column, "stdev", sd(x))
  emit(file, column, "gini", if (none || any(x < 0) || sum(x) == 0) NA_real_ else gini(x))
  for (q in QUANTILES) {
    emit(file, column, paste0("quantile ", q),
         if (none) NA_real_ else quantile(x, as.numeric(q), type = 7, names = FALSE))
  }
}

describe_table <- function(file, path) {
  table <- read.csv(path, colClasses = "character", check.names = FALSE, blank.lines.skip = FALSE,
                    na.strings = character())
  for (name in names(table)) {
    cells <- table[[name]]
    if (all(grepl("^(-?[0-9]+([.][0-9]+)?)?$", cells))) {
      describe(file, name, as.numeric(ifelse(cells == "", NA, cells)))
    }
  }
}

root <- commandArgs(trailingOnly = TRUE)[1]
cat("version", paste(R.version$major, R.version$minor, sep = "."), sep = "\t")
cat("\n")
for (path in sort(Sys.glob(file.path(root, "tests/data/*/*.csv")))) {
  describe_table(sub("[.]csv$", ".json", basename(path)), path)
}
for (name in EXAMPLES) {
  describe_table(paste0(name, ".json"), file.path(root, "examples", paste0(name, ".csv")))
}
for (path in sort(Sys.glob(file.path(root, "tests/data/statistics/formula_*.json")))) {
  numbers <- as.numeric(regmatches(basename(path), gregexpr("[0-9]+", basename(path)))[[1]])
  # i * 2654435761 stays below 2^53 for i up to 3.3 million, so that doubles hold it exactly.
  x <- floor((seq_len(numbers[1]) * 2654435761) %% 4294967296 / 2^numbers[2])
  describe(basename(path), "x", x)
}
