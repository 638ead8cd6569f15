//! Which controls a finding supports evidence for.
//!
//! Supports, never complies: a finding is a record that an auditor can use, not an attestation. The ids
//! are those of NIST CSF 2.0, NIST AI RMF 1.0, OWASP ASI 2026 and NHI 2025, SOC 2 and ISO/IEC
//! 27001:2022; which id fits which family is our judgement (reference: domain.md 5.1).

/// The controls of a family of findings.
#[must_use]
pub fn of(family: &str) -> Vec<String> {
    let ids: &[&str] = match family {
        "secret" => &[
            "csf:DE.CM-09",
            "csf:PR.AA-05",
            "csf:DE.AE-02",
            "ai_rmf:MEASURE 2.7",
            "owasp_asi:ASI03",
            "owasp_nhi:NHI2",
            "owasp_nhi:NHI5",
            "soc2:CC6.1",
            "soc2:CC7.2",
            "iso27001:A.8.2",
            "iso27001:A.8.16",
        ],
        "network" => &[
            "csf:ID.AM-03",
            "csf:DE.CM-01",
            "csf:DE.AE-02",
            "ai_rmf:MEASURE 2.7",
            "owasp_asi:ASI02",
            "soc2:CC6.6",
            "soc2:CC7.2",
            "iso27001:A.8.16",
        ],
        "privilege" => &[
            "csf:PR.AA-05",
            "csf:DE.CM-03",
            "csf:DE.AE-02",
            "ai_rmf:MEASURE 2.7",
            "owasp_asi:ASI03",
            "owasp_nhi:NHI5",
            "soc2:CC6.3",
            "iso27001:A.8.2",
        ],
        "error" | "template" | "rate" | "latency" | "outcome" => &[
            "csf:DE.CM-09",
            "csf:DE.AE-02",
            "ai_rmf:MEASURE 2.4",
            "ai_rmf:MANAGE 4.1",
            "soc2:CC7.2",
            "iso27001:A.8.16",
        ],
        "coverage" => &[
            "csf:PR.PS-04",
            "csf:DE.CM-09",
            "ai_rmf:MEASURE 2.4",
            "soc2:CC7.2",
            "iso27001:A.8.15",
            "iso27001:A.8.16",
        ],
        "provenance" => &[
            "csf:ID.RA-09",
            "csf:GV.SC-07",
            "ai_rmf:MEASURE 2.7",
            "owasp_asi:ASI04",
            "soc2:CC8.1",
            "iso27001:A.8.30",
        ],
        "approval" => &[
            "csf:GV.RR-02",
            "csf:PR.AA-05",
            "csf:ID.RA-07",
            "ai_rmf:GOVERN 3.2",
            "soc2:CC8.1",
            "iso27001:A.8.32",
            "iso27001:A.5.3",
        ],
        "agent" => &[
            "csf:DE.CM-03",
            "ai_rmf:GOVERN 2.1",
            "owasp_asi:ASI10",
            "soc2:CC7.2",
        ],
        _ => &[],
    };
    ids.iter().map(|id| (*id).to_owned()).collect()
}
