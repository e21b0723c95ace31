# Computes the calls of calls.py with base R.
#
# Usage: calls.py --calls | Rscript calls.R ROOT > r_calls.tsv
#
# Writes "version<TAB>x.y.z", then a line for each value: table, expression, part, value with 17 significant digits.

root <- commandArgs(trailingOnly = TRUE)[1]
emit <- function(call, part, value) {
  cat(call$table, call$expression, part, sprintf("%.17g", value), sep = "\t")
  cat("\n")
}
moment <- function(x, k) mean((x - mean(x))^k)

compute <- function(call, d, numbers) {
  x <- d[[1]]
  y <- if (length(d) > 1) d[[2]] else NULL
  n <- length(x)
  one <- function(value) emit(call, "", value)
  two_groups <- function() list(x[y == numbers[1]], x[y == numbers[2]])
  switch(call$name,
    covariance = if (n > 1) one(cov(x, y)),
    correlation = if (n > 1 && sd(x) > 0 && sd(y) > 0) one(cor(x, y)),
    spearman = if (n > 1 && sd(x) > 0 && sd(y) > 0) one(cor(x, y, method = "spearman")),
    linear_regression = if (n > 1 && sd(x) > 0) {
      fit <- coef(lm(y ~ x))
      emit(call, "slope", fit[[2]])
      emit(call, "intercept", fit[[1]])
    },
    weighted_mean = if (n > 0 && all(y >= 0) && sum(y) > 0) one(weighted.mean(x, y)),
    weighted_total = if (all(y >= 0)) one(sum(x * y)),
    pvariance = if (n > 0) one(moment(x, 2)),
    pstdev = if (n > 0) one(sqrt(moment(x, 2))),
    skewness = if (n > 1 && sd(x) > 0) one(moment(x, 3) / moment(x, 2)^1.5),
    kurtosis = if (n > 1 && sd(x) > 0) one(moment(x, 4) / moment(x, 2)^2 - 3),
    quantile = if (n > 0) one(quantile(x, numbers[1], type = numbers[2], names = FALSE)),
    iqr = if (n > 0) one(IQR(x)),
    range = if (n > 0) one(max(x) - min(x)),
    trimmed_mean = if (n > 0) one(mean(x, trim = numbers[1])),
    top_share = if (n > 0 && all(x >= 0) && sum(x) > 0) one(sum(head(sort(x, decreasing = TRUE), numbers[1])) / sum(x)),
    geometric_mean = if (n > 0 && all(x > 0)) one(exp(mean(log(x)))),
    harmonic_mean = if (n > 0 && all(x > 0)) one(1 / mean(1 / x)),
    mean_interval = if (n > 1) {
      # t.test refuses constant data.
      reach <- qt((1 + (if (length(numbers) > 0) numbers[1] else 0.95)) / 2, n - 1) * sd(x) / sqrt(n)
      emit(call, "low", mean(x) - reach)
      emit(call, "high", mean(x) + reach)
    },
    variance_interval = if (n > 1) {
      tail <- (1 - (if (length(numbers) > 0) numbers[1] else 0.95)) / 2
      emit(call, "low", (n - 1) * var(x) / qchisq(1 - tail, n - 1))
      emit(call, "high", (n - 1) * var(x) / qchisq(tail, n - 1))
    },
    correlation_interval = if (n > 3 && sd(x) > 0 && sd(y) > 0) {
      test <- cor.test(x, y, conf.level = if (length(numbers) > 0) numbers[1] else 0.95)
      emit(call, "low", test$conf.int[1])
      emit(call, "high", test$conf.int[2])
    },
    slope_interval = if (n > 2 && sd(x) > 0) {
      limits <- confint(lm(y ~ x), "x", level = if (length(numbers) > 0) numbers[1] else 0.95)
      emit(call, "low", limits[1])
      emit(call, "high", limits[2])
    },
    welch_interval = {
      g <- two_groups()
      if (length(g[[1]]) > 1 && length(g[[2]]) > 1 && sd(g[[1]]) + sd(g[[2]]) > 0) {
        test <- t.test(g[[1]], g[[2]], conf.level = if (length(numbers) > 2) numbers[3] else 0.95)
        emit(call, "low", test$conf.int[1])
        emit(call, "high", test$conf.int[2])
      }
    },
    welch_t = {
      g <- two_groups()
      if (length(g[[1]]) > 1 && length(g[[2]]) > 1 && sd(g[[1]]) + sd(g[[2]]) > 0) {
        test <- t.test(g[[1]], g[[2]])
        emit(call, "t", test$statistic)
        emit(call, "degrees of freedom", test$parameter)
        emit(call, "p value", test$p.value)
      }
    },
    mann_whitney = {
      g <- two_groups()
      if (length(g[[1]]) > 0 && length(g[[2]]) > 0) {
        test <- suppressWarnings(wilcox.test(g[[1]], g[[2]], exact = FALSE))
        emit(call, "U", test$statistic)
        emit(call, "p value", test$p.value)
      }
    },
    chi_squared = {
      counts <- table(factor(x, 0:(numbers[1] - 1)), factor(y, 0:(numbers[2] - 1)))
      if (all(rowSums(counts) > 0) && all(colSums(counts) > 0)) {
        test <- suppressWarnings(chisq.test(counts, correct = FALSE))
        emit(call, "chi squared", test$statistic)
        emit(call, "degrees of freedom", test$parameter)
        emit(call, "p value", test$p.value)
      }
    },
    cross_table = {
      r <- 0:(numbers[1] - 1)
      c <- 0:(numbers[2] - 1)
      counts <- table(factor(x, r), factor(y, c))
      for (i in r) for (j in c) emit(call, paste0(i, ", ", j), counts[i + 1, j + 1])
      emit(call, "other", n - sum(counts))
    },
    multiple_regression = ,
    multiple_regression_from_sums = {
      p <- length(d) - 1
      fit <- lm(d[[p + 1]] ~ as.matrix(as.data.frame(d[1:p])))
      if (fit$rank == p + 1 && max(abs(unlist(d))) < 1e12) {
        s <- coef(summary(fit))
        for (i in seq_len(p)) emit(call, paste("slope", i), s[i + 1, 1])
        emit(call, "intercept", s[1, 1])
        for (i in seq_len(p)) emit(call, paste("standard error of slope", i), s[i + 1, 2])
        emit(call, "standard error of intercept", s[1, 2])
        emit(call, "residual standard deviation", summary(fit)$sigma)
        emit(call, "R squared", summary(fit)$r.squared)
      }
    })
}

cat("version", paste(R.version$major, R.version$minor, sep = "."), sep = "\t")
cat("\n")
for (line in readLines(file("stdin"))) {
  fields <- strsplit(line, "\t")[[1]]
  call <- list(table = fields[1], name = fields[2], expression = fields[5])
  table <- read.csv(file.path(root, "tests/data/statistics", call$table), colClasses = "character",
                    check.names = FALSE, blank.lines.skip = FALSE, na.strings = character())
  columns <- lapply(strsplit(fields[3], "|", fixed = TRUE)[[1]], function(name) table[[name]])
  present <- Reduce(`&`, lapply(columns, function(cells) cells != ""))
  d <- lapply(columns, function(cells) as.numeric(cells[present]))
  # Doubles cannot hold values of 18 digits, nor their products.
  if (call$table == "extreme.csv") next
  compute(call, d, as.numeric(strsplit(fields[4], "|", fixed = TRUE)[[1]]))
}
