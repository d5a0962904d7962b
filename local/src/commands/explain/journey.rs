//! A conversation's journey, with its facts and its edges.

use chrono::SecondsFormat;
use cxtrace_domain::journeys::document::{EdgeLine, Status, Time, TimePart};
use cxtrace_domain::journeys::query::Lookup;
use cxtrace_domain::journeys::{Fact, FactId, Gathered, Id, JourneyId, Source, duration_text, edges, shown_time};
use cxtrace_journeys::Assembly;
use cxtrace_privacy::Pseudonyms;
use cxtrace_store::StoreError;
use serde::Serialize;

use super::waterfall;
use crate::report::layout::{several, wrapped};

/// The maximum number of facts in the text. The JSON has all of them.
const MAX_FACTS: usize = 40;

/// A journey, with the facts and edges that it is derived from.
#[derive(Debug, Serialize)]
pub(crate) struct Derivation {
    pub(crate) id: JourneyId,
    pub(crate) status: Status,
    pub(crate) revision: u32,
    pub(crate) summary: String,
    /// From when the customer came to when the customer left; absent while the customer is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_ms: Option<i64>,
    /// The customer's time of each kind that occurs. The sum is the duration.
    pub(crate) time: Vec<TimePart>,
    /// The time in queues and on hold.
    pub(crate) waited_ms: i64,
    pub(crate) settles_at: Time,
    /// The spans as bars of text.
    #[serde(skip)]
    pub(crate) waterfall: String,
    /// The ids that its facts are stored under.
    pub(crate) anchors: Vec<Id>,
    /// Its super-connectors: ids with too many edges to join by.
    pub(crate) quarantined: Vec<Id>,
    pub(crate) edges: Vec<EdgeLine>,
    pub(crate) facts: Vec<FactLine>,
}

/// A summary of a fact.
#[derive(Debug, Serialize)]
pub(crate) struct FactLine {
    pub(crate) id: FactId,
    pub(crate) source: Source,
    pub(crate) event: String,
    pub(crate) anchor: Id,
    pub(crate) observed_at: Time,
    /// Its contents: the keys of spans, names of point events, linked ids, and the numbers of codes and hand-offs.
    pub(crate) tells: String,
    /// The fields of its event that could not be read, and were left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unreadable: Vec<String>,
    /// What was left out because no definition declares it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) undeclared: Vec<String>,
    /// The linked ids that its source may not prove alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unconfirmed: Vec<String>,
}

impl Derivation {
    /// The journey of an id of any system, or of its own id. `None` when no journey has it. Without `pseudonyms`, it is found
    /// only by ids that are shown as they are.
    pub(crate) async fn of(
        assembly: &Assembly,
        id: &str,
        pseudonyms: Option<&Pseudonyms>,
    ) -> Result<Option<Self>, StoreError> {
        let no_key = Pseudonyms::try_new(&[0; 32]).ok();
        let Some(pseudonyms) = pseudonyms.or(no_key.as_ref()) else { return Ok(None) };
        for anchor in cxtrace_sources::ids::candidates(id, pseudonyms).unwrap_or_default() {
            let gathered = assembly.gather(&anchor).await?;
            if let Some(found) = Self::derived(assembly, gathered).await? {
                return Ok(Some(found));
            }
        }
        // A journey's own id is the hash of one of its ids.
        let mut id = JourneyId::from_hex(id.trim());
        while let Some(journey) = id {
            id = match assembly.read(journey, assembly.now()).await? {
                Lookup::MergedInto(other) => Some(other),
                Lookup::Found(assembled) => {
                    let own = assembled.journey.ids.iter().find(|id| id.role == "self");
                    let own = own.and_then(|id| format!("{}:{}", id.namespace, id.value).parse::<Id>().ok());
                    let Some(own) = own else { return Ok(None) };
                    return Self::derived(assembly, assembly.gather(&own).await?).await;
                }
                Lookup::Missing | Lookup::TooLarge => None,
            };
        }
        Ok(None)
    }

    /// The Genesys conversation of the journey, if it has one.
    pub(crate) fn conversation(&self) -> Option<String> {
        let own = |id: &&Id| *id.namespace() == cxtrace_sources::genesys::CONVERSATION;
        self.anchors.iter().find(own).map(|id| id.value().to_owned())
    }

    async fn derived(assembly: &Assembly, gathered: Gathered) -> Result<Option<Self>, StoreError> {
        let Some(id) = gathered.journey() else { return Ok(None) };
        let Lookup::Found(assembled) = assembly.read(id, assembly.now()).await? else { return Ok(None) };
        let mut facts = Vec::new();
        for anchor in gathered.anchors.keys() {
            facts.extend(assembly.table().facts_of(anchor).await?.iter().map(FactLine::of));
        }
        facts.sort_by_key(|fact| (fact.observed_at, fact.id));
        let journey = assembled.journey;
        Ok(Some(Self {
            id,
            status: journey.status,
            revision: journey.revision,
            summary: journey.summary,
            duration_ms: journey.duration_ms,
            waited_ms: journey.time.waited_ms,
            time: journey.time.parts,
            settles_at: journey.settles_at,
            waterfall: waterfall::draw(&journey.spans, journey.started_at, journey.ended_at),
            anchors: gathered.anchors.keys().cloned().collect(),
            quarantined: gathered.quarantined.iter().cloned().collect(),
            edges: edges(&gathered),
            facts,
        }))
    }

    /// The customer's time in one line: `5 min 11 s in all: queue 1 min 3 s, hold 22 s, agent 3 min 46 s`.
    fn times(&self) -> String {
        if self.time.is_empty() {
            return String::new();
        }
        let part = |part: &TimePart| {
            format!("{} {}", part.kind.as_str().replace('_', "-"), duration_text::text(part.duration_ms))
        };
        let shown = shown_time::shown(&self.time, duration_text::precision);
        let parts = shown.iter().map(part).collect::<Vec<_>>().join(", ");
        match self.duration_ms {
            Some(all) => format!("  {} in all: {parts}\n", duration_text::text(all)),
            None => format!("  so far: {parts}\n"),
        }
    }

    /// The derivation as text for people.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("Journey {}\n", self.id);
        wrapped(&self.summary).iter().for_each(|line| text += &format!("  {line}\n"));
        text += &format!("{}\n{}", self.times(), self.waterfall);
        text += "\n  joined, because\n";
        if self.edges.is_empty() {
            text += "    nothing was joined: it has a single id\n";
        }
        for edge in &self.edges {
            let cut = if edge.retracted { "  RETRACTED" } else { "" };
            text += &format!("    {}\n    {}{cut}\n", edge.a, edge.b);
            for proof in &edge.evidence {
                let rule = serde_json::to_value(proof.rule).unwrap_or_default();
                let rule = rule.as_str().unwrap_or_default().replace('_', " ");
                text += &format!(
                    "      {rule}, confidence {:.2}, from {} at {}\n",
                    proof.confidence,
                    proof.source,
                    time(proof.at)
                );
            }
        }
        for id in &self.quarantined {
            text += &format!("    too many journeys share {id}, so it joined nothing\n");
        }
        text += &format!("\n  made of {}\n", several(self.facts.len() as u64, "fact"));
        for fact in self.facts.iter().take(MAX_FACTS) {
            text += &format!("    {}  {}  {}\n", time(fact.observed_at), fact.source, fact.event);
            if !fact.tells.is_empty() {
                text += &format!("      {}\n", fact.tells);
            }
            if !fact.undeclared.is_empty() {
                let (what, source) = (fact.undeclared.join(", "), &fact.source);
                text += &format!("      not declared: {what}. Add it to sources/{source}/source.yaml (docs/span.md)\n");
            }
            if !fact.unconfirmed.is_empty() {
                text += &format!("      unconfirmed links: {}\n", fact.unconfirmed.join(", "));
            }
            if !fact.unreadable.is_empty() {
                text += &format!("      could not be read: {}\n", fact.unreadable.join(", "));
            }
        }
        if self.facts.len() > MAX_FACTS {
            text += &format!(
                "    and {} more: see --format json\n",
                several((self.facts.len() - MAX_FACTS) as u64, "fact")
            );
        }
        text
    }
}

impl FactLine {
    fn of(fact: &Fact) -> Self {
        let spans = fact.spans.iter().map(|span| span.key.to_string());
        let moments = fact.point_events.iter().map(|moment| format!("point {}", moment.name));
        let links = fact.links.iter().map(|link| format!("link {}", link.id));
        let counted = [("code", fact.codes.len()), ("hand-off", fact.handoffs.len())];
        let others = counted.into_iter().filter(|(_, n)| *n > 0).map(|(what, n)| several(n as u64, what));
        let left_out = fact
            .meaningless
            .iter()
            .map(|(namespace, n)| format!("{} left out", several(u64::from(*n), &format!("{namespace} placeholder"))));
        let tells: Vec<_> = spans.chain(moments).chain(links).chain(others).chain(left_out).collect();
        Self {
            id: fact.id(),
            source: fact.source.clone(),
            event: fact.event.clone(),
            anchor: fact.anchor.clone(),
            observed_at: Time(fact.observed_at),
            tells: tells.join(", "),
            unreadable: fact.unreadable.iter().cloned().collect(),
            undeclared: fact.undeclared.iter().cloned().collect(),
            unconfirmed: fact.unconfirmed.iter().map(ToString::to_string).collect(),
        }
    }
}

fn time(Time(at): Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
