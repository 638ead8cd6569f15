//! When did it start? Charts that locate a rise; they do not judge whether there is one.
//!
//! A cumulative sum remembers small excesses that no single block shows, and the place where it
//! last stood at 0 is the best guess of the start. Whether the rise is real is asked of `counts`
//! and `ranks`; an alarm alone, over a long enough series, comes by chance.
//!
//! Series are `(time, value)` in ascending time, one per block, the time being the block's start in
//! whatever unit the caller uses. Values that are not finite are passed over.

use super::{median_of_sorted, real};

/// A location and a scale that a few outliers cannot move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Robust {
    /// The median.
    pub location: f64,
    /// An estimate of the standard deviation; above 0.
    pub scale: f64,
}

/// The scale is at least this part of the location: a change below 1 % of a level is of no interest.
const FLOOR: f64 = 0.01;
/// The scale of a series that is 0 throughout; any event then stands out.
const LEAST: f64 = 1e-9;

/// Median and 1.4826 MAD (Hampel 1974) of the finite values.
///
/// Where more than half of the values are equal the MAD is 0; then 1.2533 times the mean absolute
/// deviation stands in. The scale is never below 1 % of the location, nor below 10^-9. `None`
/// where no value is finite.
#[must_use]
pub fn robust(values: &[f64]) -> Option<Robust> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let location = median_of_sorted(&sorted)?;
    let mut away: Vec<f64> = sorted.iter().map(|v| (v - location).abs()).collect();
    away.sort_by(f64::total_cmp);
    let mut scale = 1.4826 * median_of_sorted(&away)?;
    if scale <= 0.0 {
        scale = 1.2533 * (away.iter().sum::<f64>() / real(away.len()));
    }
    let scale = scale.max(FLOOR * location.abs()).max(LEAST);
    Some(Robust {
        location,
        scale: scale.min(f64::MAX),
    })
}

/// Where a rise begins and where it became certain enough to alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Onset {
    /// The first block of the rise: the one after the sum last stood at 0.
    pub start_ts: i64,
    /// The block in which the sum crossed the limit.
    pub crossed_ts: i64,
}

/// The first crossing of `limit` by `S = max(0, S + step)`.
fn upper_sum(steps: impl Iterator<Item = (i64, f64)>, limit: f64) -> Option<Onset> {
    let mut sum = 0.0_f64;
    let mut start = None;
    for (ts, step) in steps {
        // A NaN would reset the sum in silence.
        if step.is_nan() {
            continue;
        }
        sum = (sum + step).max(0.0);
        if sum <= 0.0 {
            start = None;
            continue;
        }
        let start_ts = *start.get_or_insert(ts);
        if sum > limit {
            return Some(Onset {
                start_ts,
                crossed_ts: ts,
            });
        }
    }
    None
}

/// Page's (1954) one-sided upper CUSUM against a baseline.
///
/// `S_t = max(0, S_(t-1) + x_t - mu - k)` with `k = delta s / 2`, alarm above `h s`; mu and s from
/// [`robust`] of `baseline`. `delta` is the rise to be found soonest, in standard deviations (1 is
/// usual), `h` the limit in the same unit (4 to 5: at delta 1 a false alarm about every 336 or 930
/// blocks of independent normal noise, Montgomery's table).
///
/// `None` where nothing crosses, the baseline is empty, or `delta` or `h` is negative or not finite.
#[must_use]
pub fn cusum_onset(baseline: &[f64], series: &[(i64, f64)], delta: f64, h: f64) -> Option<Onset> {
    if !(delta.is_finite() && delta >= 0.0 && h.is_finite() && h >= 0.0) {
        return None;
    }
    let Robust { location, scale } = robust(baseline)?;
    let steps = series
        .iter()
        .filter(|(_, x)| x.is_finite())
        .map(|(ts, x)| (*ts, (x - location) / scale - delta / 2.0));
    upper_sum(steps, h)
}

/// Events of one block, for [`poisson_cusum`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// The block's start.
    pub ts: i64,
    /// How many events it holds; not negative.
    pub events: f64,
    /// What they are counted against (requests, minutes); not negative.
    pub exposure: f64,
}

/// CUSUM for counts (Lucas 1985): the log-likelihood ratio of a rate `ratio` times as high.
///
/// `rate` is the baseline's, in events per unit of exposure. Per block of exposure e the sum
/// gains `x ln(ratio) - e rate (ratio - 1)`, which is Lucas's `x - k` with `k = (l1 - l0) / (ln l1 -
/// ln l0)`, times `ln(ratio)`, and so takes blocks of unequal exposure. `h` is in nats: without a
/// change an alarm comes on average after e^h blocks or later (Lorden 1971); 5 gives 148 or more.
/// Counts are taken as Poisson: divide events and exposure by the dispersion first.
///
/// `None` where nothing crosses, `rate` is not above 0, `ratio` not above 1, or `h` negative.
#[must_use]
pub fn poisson_cusum(rate: f64, ratio: f64, series: &[Block], h: f64) -> Option<Onset> {
    let sound = rate.is_finite() && rate > 0.0 && ratio.is_finite() && ratio > 1.0;
    if !sound || !h.is_finite() || h < 0.0 {
        return None;
    }
    let usable = |x: f64| x.is_finite() && x >= 0.0;
    let steps = series
        .iter()
        .filter(|block| usable(block.events) && usable(block.exposure))
        .map(|block| {
            let expected = block.exposure * rate;
            (
                block.ts,
                block.events * ratio.ln() - expected * (ratio - 1.0),
            )
        });
    upper_sum(steps, h)
}

/// One block of an EWMA chart, in the unit of the values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EwmaPoint {
    /// The block's start.
    pub ts: i64,
    /// The weighted average up to and with this block.
    pub value: f64,
    /// The lower limit at this block.
    pub lower: f64,
    /// The upper limit at this block.
    pub upper: f64,
}

/// Roberts's (1959) exponentially weighted moving average with its limits, to be drawn.
///
/// `z_t = l x_t + (1 - l) z_(t-1)` from the baseline's median on; limits `mu +- width s sqrt(l/(2-l)
/// (1 - (1-l)^(2t)))`. Usual: `weight` l = .2, `width` = 3. Empty where the baseline is, where
/// `weight` is not in (0, 1] or `width` negative.
#[must_use]
pub fn ewma(baseline: &[f64], series: &[(i64, f64)], weight: f64, width: f64) -> Vec<EwmaPoint> {
    let sound = weight > 0.0 && weight <= 1.0 && width.is_finite() && width >= 0.0;
    let Some(Robust { location, scale }) = robust(baseline).filter(|_| sound) else {
        return Vec::new();
    };
    let keep = 1.0 - weight;
    let (mut average, mut faded) = (location, 1.0);
    series
        .iter()
        .filter(|(_, x)| x.is_finite())
        .map(|(ts, x)| {
            average = weight * x + keep * average;
            faded *= keep * keep;
            let reach = width * scale * (weight / (2.0 - weight) * (1.0 - faded)).sqrt();
            EwmaPoint {
                ts: *ts,
                value: average,
                lower: location - reach,
                upper: location + reach,
            }
        })
        .collect()
}

/// The first crossing of the upper limit of [`ewma`]; the start is the block after the average was
/// last at or below the baseline's median. `None` where nothing crosses, or [`ewma`] is empty.
#[must_use]
pub fn ewma_onset(
    baseline: &[f64],
    series: &[(i64, f64)],
    weight: f64,
    width: f64,
) -> Option<Onset> {
    let location = robust(baseline)?.location;
    let mut start = None;
    for point in ewma(baseline, series, weight, width) {
        if point.value <= location {
            start = None;
            continue;
        }
        let start_ts = *start.get_or_insert(point.ts);
        if point.value > point.upper {
            return Some(Onset {
                start_ts,
                crossed_ts: point.ts,
            });
        }
    }
    None
}

#[cfg(test)]
mod tests;
