//! Is it slower? Ranks of block statistics, and how long a block must be.
//!
//! Latencies have long tails and a few spans from hell, so means and t-tests mislead; ranks do not
//! care. The values are to be one statistic per block (a median, a p95), never single spans.
//!
//! What they are not: tests of single requests. Give them one value for each block of time.

use super::{Interval, Z95, median_of_sorted, real, special};

/// What ranks say about two samples; all of it is candidate against baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankShift {
    /// Pairs in which the candidate's value is larger, ties counted half: Mann & Whitney's U of
    /// the candidate.
    pub u: f64,
    /// Two-sided p-value.
    pub p: f64,
    /// Vargha & Delaney's (2000) A: the chance that a candidate's value is above a baseline's;
    /// 1/2 means no difference.
    pub a12: f64,
    /// Hodges & Lehmann's (1963) shift: the median of all differences *candidate minus baseline*,
    /// in the unit of the values. Above 0 where the candidate's values are larger.
    pub shift: f64,
    /// 95 % interval of the shift; `None` where the samples are too small for one (3 v 3).
    pub interval: Option<Interval>,
}

/// Both samples below this size and without ties get the exact distribution.
const EXACT: usize = 20;

/// Mann & Whitney's (1947) test of two samples, with effect size and shift.
///
/// Exact for fewer than 20 values a side without ties, else normal with tie and continuity
/// correction (as R and SciPy do). The work is n log n: nothing is thinned, and the pairwise
/// differences are counted, never written down (0.27 s for 100,000 values a side).
///
/// `None` where a sample is empty or holds a value that is not finite.
#[must_use]
pub fn mann_whitney(baseline: &[f64], candidate: &[f64]) -> Option<RankShift> {
    let (before, now) = (ordered(baseline)?, ordered(candidate)?);
    let Ranks { u, p } = rank_test(&before, &now);
    let pairs = pairs(&before, &now);
    let middle = nth_difference(&before, &now, pairs.div_ceil(2));
    let next = nth_difference(&before, &now, pairs / 2 + 1);
    Some(RankShift {
        u,
        p,
        a12: u / super::whole(pairs),
        shift: f64::midpoint(middle, next),
        interval: difference_interval(&before, &now, Z95, 0.05),
    })
}

/// The interval of [`RankShift::shift`] at another confidence, for instance .98 as in Kayenta.
///
/// It runs between two order statistics of the pairwise differences (Hollander & Wolfe 1973, 4.3;
/// the same ones as in R's `wilcox.test`), so it holds whatever the distribution is. `None` as for
/// [`mann_whitney`], where `confidence` is not strictly between 0 and 1, or where no interval
/// reaches it.
#[must_use]
pub fn shift_interval(baseline: &[f64], candidate: &[f64], confidence: f64) -> Option<Interval> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let (before, now) = (ordered(baseline)?, ordered(candidate)?);
    let width = special::normal_width(confidence);
    difference_interval(&before, &now, width, 1.0 - confidence)
}

/// A sorted copy; `None` where it is empty or a value is not finite.
fn ordered(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

fn pairs(before: &[f64], now: &[f64]) -> u64 {
    let (n, m) = (before.len() as u64, now.len() as u64);
    n.saturating_mul(m)
}

struct Ranks {
    u: f64,
    p: f64,
}

/// U of `now` and its two-sided p; both slices sorted and not empty.
fn rank_test(before: &[f64], now: &[f64]) -> Ranks {
    let (u, ties) = rank_sums(before, now);
    let (n, m) = (real(before.len()), real(now.len()));
    let distance = (u - n * m / 2.0).abs();
    if ties <= 0.0 && before.len() < EXACT && now.len() < EXACT {
        let smaller = n * m / 2.0 - distance;
        let tail = below(before.len(), now.len())
            .into_iter()
            .zip(0..)
            .take_while(|(_, wins)| f64::from(*wins) <= smaller + 0.25)
            .last()
            .map_or(0.0, |(tail, _)| tail);
        let p = (2.0 * tail).min(1.0);
        return Ranks { u, p };
    }
    let all = n + m;
    let variance = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    let p = if variance > 0.0 {
        special::two_sided((distance - 0.5).max(0.0) / variance.sqrt())
    } else {
        1.0
    };
    Ranks { u, p }
}

/// U of `now`, and the sum of t^3 - t over groups of t equal values.
fn rank_sums(before: &[f64], now: &[f64]) -> (f64, f64) {
    let (mut i, mut j) = (0, 0);
    let (mut wins, mut ties) = (0.0, 0.0);
    while i < before.len() || j < now.len() {
        let least = match (before.get(i), now.get(j)) {
            (Some(left), Some(right)) => left.min(*right),
            (Some(only), None) | (None, Some(only)) => *only,
            (None, None) => break,
        };
        let same = |rest: &[f64]| rest.iter().take_while(|other| **other <= least).count();
        let (equal_before, equal_now) = (same(&before[i..]), same(&now[j..]));
        wins += real(equal_now) * (real(i) + real(equal_before) / 2.0);
        let group = real(equal_before + equal_now);
        ties += group * (group * group - 1.0);
        i += equal_before;
        j += equal_now;
    }
    (wins, ties)
}

/// P(U <= u) for u = 0, 1, .. n m under no change, without ties; `n` and `m` below [`EXACT`].
///
/// The counts are the coefficients of the Gaussian binomial of n+m over n, built factor by factor.
fn below(n: usize, m: usize) -> Vec<f64> {
    let mut ways = vec![0_i64; n * m + 1];
    ways[0] = 1;
    for i in 1..=n {
        for at in (m + i..ways.len()).rev() {
            ways[at] -= ways[at - m - i];
        }
        for at in i..ways.len() {
            ways[at] += ways[at - i];
        }
    }
    let total: i64 = ways.iter().sum();
    let mut sum = 0;
    ways.into_iter()
        .map(|count| {
            sum += count;
            share(sum, total)
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "at most 38 over 19, 3.5e10")]
fn share(part: i64, all: i64) -> f64 {
    part as f64 / all as f64
}

/// The interval of the shift that leaves `alpha` out, `width` standard errors where normal.
fn difference_interval(before: &[f64], now: &[f64], width: f64, alpha: f64) -> Option<Interval> {
    let pairs = pairs(before, now);
    // The smallest u with P(U <= u) >= alpha/2; differences number u and pairs+1-u are the ends.
    let rank = if before.len() < EXACT && now.len() < EXACT {
        below(before.len(), now.len())
            .into_iter()
            .position(|p| p >= alpha / 2.0)? as u64
    } else {
        let all = super::whole(pairs);
        let spread = (all * (real(before.len() + now.len()) + 1.0) / 12.0).sqrt();
        to_rank(all / 2.0 - width * spread - 0.5)
    };
    if rank == 0 || rank > pairs {
        return None;
    }
    Some(Interval {
        low: nth_difference(before, now, rank),
        high: nth_difference(before, now, pairs + 1 - rank),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "below 0 it is 0, which means none; above it is bounded by the number of pairs"
)]
fn to_rank(at: f64) -> u64 {
    at.ceil().max(0.0) as u64
}

/// The `rank`-th smallest (from 1) of all differences `now - before`; both sorted, not empty.
///
/// Bisection over the bit patterns of the possible values: at most 64 counts, each linear.
fn nth_difference(before: &[f64], now: &[f64], rank: u64) -> f64 {
    let (n, m) = (before.len(), now.len());
    let mut low = key(now[0] - before[n - 1]);
    let mut high = key(now[m - 1] - before[0]);
    while low < high {
        let middle = low.midpoint(high);
        let bound = value(middle);
        let mut counted = 0_u64;
        let mut reach = 0;
        for a in before {
            while reach < m && now[reach] - a <= bound {
                reach += 1;
            }
            counted += reach as u64;
        }
        if counted >= rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    // Adding 0 turns -0 into 0.
    value(low) + 0.0
}

/// A number's place among all numbers: ascending with it.
fn key(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits >> 63 == 0 {
        bits | 1 << 63
    } else {
        !bits
    }
}

fn value(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 {
        key & !(1 << 63)
    } else {
        !key
    })
}

/// How much a value says about the next one: the lag-1 autocorrelation of an unbroken series.
///
/// `None` for fewer than three values, values that are not finite, or a constant series.
#[must_use]
pub fn autocorrelation_lag1(series: &[f64]) -> Option<f64> {
    let indexed: Vec<(i64, f64)> = (0..).zip(series.iter().copied()).collect();
    correlation(&indexed)
}

/// Lag-1 autocorrelation of ascending (index, value): only neighbours by index make a pair, and the
/// sum over pairs is scaled up for the missing ones, so a gap is no evidence of independence.
fn correlation(series: &[(i64, f64)]) -> Option<f64> {
    let n = real(series.len());
    let mean = series.iter().map(|(_, value)| value).sum::<f64>() / n;
    let square: f64 = series.iter().map(|(_, value)| (value - mean).powi(2)).sum();
    let products: Vec<f64> = series
        .windows(2)
        .filter(|pair| pair[0].0.checked_add(1) == Some(pair[1].0))
        .map(|pair| (pair[0].1 - mean) * (pair[1].1 - mean))
        .collect();
    if series.len() < 3 || products.is_empty() || square <= 0.0 {
        return None;
    }
    let scale = (n - 1.0) / real(products.len());
    let found = products.iter().sum::<f64>() / square * scale;
    found.is_finite().then_some(found)
}

/// How much a step says about the next one beyond what both owe to the time of day: the lag-1
/// autocorrelation of ranks inside stretches of `stretch` steps, each around its own mean, corrected
/// for those means having been estimated (Marriott & Pope 1954, Kendall 1954: `E r = rho - (1 + 3 rho)
/// / n`), plus one standard error (`sqrt((1 - rho^2) / n)`): too little dependence makes alarms false,
/// too much makes them rarer. Between 0 and .9: no test is to become sharper by it, and none endlessly
/// blunt.
///
/// Input: `(step, value)` in ascending order. `None` where fewer than seven pairs of neighbours are left.
#[must_use]
pub fn persistence(series: &[(i64, f64)], stretch: i64) -> Option<f64> {
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by(|a, b| series[*a].1.total_cmp(&series[*b].1));
    let mut ranked: Vec<(i64, f64)> = series.to_vec();
    let (mut rank, mut last) = (0, f64::NAN);
    for (place, at) in order.into_iter().enumerate() {
        // Equal values share a rank, or their order in time would look like dependence.
        if series[at].1.total_cmp(&last).is_ne() {
            (rank, last) = (place, series[at].1);
        }
        ranked[at].1 = real(rank);
    }
    let (mut square, mut product) = (0.0, 0.0);
    let (mut steps, mut pairs, mut stretches) = (0, 0, 0);
    for part in ranked.chunk_by(|a, b| a.0.div_euclid(stretch) == b.0.div_euclid(stretch)) {
        if part.len() < 4 {
            continue;
        }
        let mean = part.iter().map(|(_, rank)| rank).sum::<f64>() / real(part.len());
        square += part
            .iter()
            .map(|(_, rank)| (rank - mean).powi(2))
            .sum::<f64>();
        for pair in part.windows(2).filter(|pair| pair[0].0 + 1 == pair[1].0) {
            product += (pair[0].1 - mean) * (pair[1].1 - mean);
            pairs += 1;
        }
        steps += part.len();
        stretches += 1;
    }
    if pairs < 7 || square <= 0.0 {
        return None;
    }
    // As many pairs as there would be without gaps, so that a gap is no evidence of independence.
    let found = product / square * real(steps - stretches) / real(pairs);
    let long = real(steps) / real(stretches);
    let rho = ((long * found + 1.0) / (long - 3.0)).clamp(0.0, 0.9);
    let error = ((1.0 - rho * rho) / real(pairs)).sqrt();
    Some((rho + error).min(0.9))
}

/// The two-sided p of a rank test over steps that depend on their neighbours: its z divided by the
/// square root of `(1 + rho) / (1 - rho)`, by which the variance of a mean grows where deviations die
/// out at the rate `rho` (Bartlett 1935).
#[must_use]
pub fn correlated(p: f64, rho: f64) -> f64 {
    let rho = rho.clamp(0.0, 0.99);
    special::two_sided(special::width_of(p) / ((1.0 + rho) / (1.0 - rho)).sqrt())
}

/// The block lengths that are tried, in minutes.
pub const BLOCKS: [u32; 4] = [1, 5, 10, 15];
/// Blocks are taken as independent below this lag-1 autocorrelation.
pub const INDEPENDENT: f64 = 0.2;

/// The median of each block of `length` minutes, by ascending block.
///
/// Input: `(minute, value)`, minutes counted from any origin that both windows share (the epoch),
/// one value per minute, in any order; block = minute / length, rounded down. Minutes without data
/// are left out, values that are not finite are skipped, a length of 0 counts as 1.
#[must_use]
pub fn block_medians(minutes: &[(i64, f64)], length: u32) -> Vec<(i64, f64)> {
    let length = i64::from(length.max(1));
    let mut sorted: Vec<(i64, f64)> = minutes
        .iter()
        .filter(|(_, value)| value.is_finite())
        .map(|(minute, value)| (minute.div_euclid(length), *value))
        .collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    sorted
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|block| {
            let values: Vec<f64> = block.iter().map(|(_, value)| *value).collect();
            Some((block[0].0, median_of_sorted(&values)?))
        })
        .collect()
}

/// How long a block must be to stand for itself: the smallest of 1, 5, 10 and 15 minutes whose
/// block medians have a lag-1 autocorrelation below .2, else 15.
///
/// Input as for [`block_medians`], of *one* window: a shift between two windows would look like
/// dependence. Ask for both and take the longer. A series that never changes is taken as
/// independent; a length with fewer than three blocks cannot be judged and is passed over.
#[must_use]
pub fn choose_block(minutes: &[(i64, f64)]) -> u32 {
    let independent = |length: u32| {
        let medians = block_medians(minutes, length);
        let constant = medians
            .windows(2)
            .all(|pair| pair[0].1.total_cmp(&pair[1].1).is_eq());
        let enough = medians.len() >= 3;
        enough && (constant || correlation(&medians).is_some_and(|found| found < INDEPENDENT))
    };
    let longest = BLOCKS[BLOCKS.len() - 1];
    BLOCKS
        .into_iter()
        .find(|length| independent(*length))
        .unwrap_or(longest)
}

#[cfg(test)]
mod tests;
