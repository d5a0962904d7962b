//! Erases the journeys of a phone number, and again what arrives of them later.
//!
//! The rows are replaced first, so that no assembler writes one of a journey that is being erased. The ids are stored
//! before anything is deleted, so that another process can continue.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::erasure::{Erasure, ErasureReport, ErasureStatus, is_erased, marks};
use cxtrace_domain::journeys::{Fact, Gathered, Id, JourneyId, Mention, Party};
use cxtrace_privacy::Pseudonym;
use cxtrace_store::StoreError;
use cxtrace_store::correlation::{Deleted, JourneyRow, NumberMention};
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::assembly::Assembly;
use crate::unsent::{self, Replaced};

/// How many ids are erased concurrently.
const CONCURRENCY: usize = 8;

/// What is to be erased for one mention of a number.
struct Part {
    ids: BTreeSet<Id>,
    facts: usize,
    is_customers: bool,
    is_whole: bool,
    /// Whether the id belongs to many journeys. Of these, only the facts that name the number are erased.
    is_shared: bool,
}

impl Assembly {
    /// Erases what `erasure` asks for. After a failure at any point, the same request continues.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn erase_journeys(&self, erasure: &Erasure) -> Result<ErasureReport, StoreError> {
        let mut report = ErasureReport::default();
        if !erasure.is_dry_run {
            // From now on, the assembler erases what arrives of the past. It looks for the notes of numbers only if this one is there.
            self.table.mark_erased(JourneyId::of_last_erasure(), erasure.at, |_| ()).await?;
            for number in &erasure.numbers {
                self.table.mark_erased(JourneyId::of_erased_number(*number), erasure.at, |_| ()).await?;
            }
        }
        for number in &erasure.numbers {
            if !self.erase_number(*number, erasure, &mut report).await? {
                break;
            }
        }
        if erasure.is_dry_run {
            return Ok(report);
        }
        for number in &erasure.numbers {
            report.remaining += self.table.mentions_of(*number).await?.len();
            report.remaining += self.table.planned_erasure(*number).await?.len();
            report.remaining += self.table.transfers_of(*number).await?.len();
        }
        if report.status == ErasureStatus::Complete && report.remaining > 0 {
            report.status = ErasureStatus::Partial;
        }
        Ok(report)
    }

    /// Erases the journeys of one hash. Returns whether all of them were reached.
    async fn erase_number(
        &self,
        number: Pseudonym,
        erasure: &Erasure,
        report: &mut ErasureReport,
    ) -> Result<bool, StoreError> {
        let planned = self.table.planned_erasure(number).await?;
        report.journeys += usize::from(!planned.is_empty());
        if !planned.is_empty() && !erasure.is_dry_run {
            self.erase_planned(number, &planned, erasure, report).await?;
        }
        let transfers = self.table.transfers_of(number).await?;
        // Before the mentions, because these show that the number is a customer's.
        let mut are_redacted = transfers.is_empty();
        let mentions = self.table.mentions_of(number).await?;
        let mut done: BTreeSet<Id> = BTreeSet::new();
        for anchor in mentions.iter().filter_map(|mention| mention.anchor.as_ref()) {
            if done.contains(anchor) {
                continue;
            }
            if report.journeys >= erasure.most_journeys {
                report.status = ErasureStatus::Partial;
                return Ok(false);
            }
            let part = self.part(anchor, &erasure.numbers).await?;
            if !part.is_customers && !erasure.with_centre {
                report.status = ErasureStatus::CentresOwn;
                return Ok(false);
            }
            if !are_redacted && !erasure.is_dry_run {
                self.redact_transfers(&transfers, erasure, report).await?;
            }
            are_redacted = true;
            report.journeys += 1;
            report.too_large += usize::from(!part.is_whole);
            if erasure.is_dry_run {
                report.facts += part.facts;
            } else if part.is_shared {
                let facts = self.naming_facts(anchor, &erasure.numbers).await?;
                self.table.erase_facts(&facts.iter().collect::<Vec<_>>()).await?;
                let left = mentions_of_ids(&mentions, &part.ids);
                self.table.delete_mentions(&left).await?;
                report.facts += facts.len();
                report.items += facts.len() + left.len();
            } else {
                self.table.plan_erasure(number, &part.ids).await?;
                self.erase_planned(number, &part.ids, erasure, report).await?;
            }
            done.extend(part.ids);
        }
        if !are_redacted {
            if !erasure.with_centre {
                report.status = ErasureStatus::CentresOwn;
                return Ok(false);
            }
            if !erasure.is_dry_run {
                self.redact_transfers(&transfers, erasure, report).await?;
            }
        }
        if !erasure.is_dry_run {
            let unreadable = |mention: &&NumberMention| mention.anchor.is_none();
            let unreadable: Vec<_> = mentions.iter().filter(unreadable).cloned().collect();
            self.table.delete_mentions(&unreadable).await?;
        }
        Ok(true)
    }

    /// Removes the number from the transfers that name it, in whosever journeys they are.
    async fn redact_transfers(
        &self,
        transfers: &[NumberMention],
        erasure: &Erasure,
        report: &mut ErasureReport,
    ) -> Result<(), StoreError> {
        let anchors: BTreeSet<_> = transfers.iter().filter_map(|transfer| transfer.anchor.as_ref()).collect();
        for anchor in anchors {
            let deleted = self.table.redact(anchor, &erasure.numbers, &BTreeSet::new()).await?;
            report.items += deleted.items;
        }
        // Transfers whose facts have expired, or cannot be read.
        self.table.delete_mentions(transfers).await
    }

    /// The ids of the journey of `anchor`, as far as edges that hold join them.
    async fn part(&self, anchor: &Id, numbers: &[Pseudonym]) -> Result<Part, StoreError> {
        let gathered = match self.gather(anchor).await {
            Err(StoreError::TooMuch { .. }) => self.gather_ids(anchor).await?,
            gathered => gathered?,
        };
        let is_whole = gathered.ids_before_limit == 0;
        let is_shared = gathered.is_shared(anchor);
        if is_shared {
            let facts = self.naming_facts(anchor, numbers).await?;
            let is_customers = are_customers(facts.iter().flat_map(|fact| &fact.mentions), numbers);
            let ids = BTreeSet::from([anchor.clone()]);
            return Ok(Part { ids, facts: facts.len(), is_customers, is_whole, is_shared });
        }
        let Gathered { facts, mentions, .. } = &gathered;
        let is_customers = are_customers(mentions, numbers);
        Ok(Part { ids: gathered.joined_to(anchor), facts: facts.len(), is_customers, is_whole, is_shared })
    }

    /// The facts of `anchor` that name one of `numbers`.
    async fn naming_facts(&self, anchor: &Id, numbers: &[Pseudonym]) -> Result<Vec<Fact>, StoreError> {
        let mut facts = self.table.facts_of(anchor).await?;
        let names = |fact: &Fact| {
            let customers = fact.handoffs.iter().filter_map(|handoff| handoff.customer.as_ref());
            let mut phones = fact.mentions.iter().map(|mention| &mention.phone).chain(customers);
            phones.any(|phone| numbers.contains(&phone.hash))
        };
        facts.retain(names);
        Ok(facts)
    }

    /// Erases the planned `ids`, and removes them from the plan. Facts of others that name them are kept without them.
    async fn erase_planned(
        &self,
        number: Pseudonym,
        ids: &BTreeSet<Id>,
        erasure: &Erasure,
        report: &mut ErasureReport,
    ) -> Result<(), StoreError> {
        let replacing = |row: &JourneyRow| unsent::note_of_row(row, Replaced::Erased);
        let rows: Vec<_> = ids.iter().map(|id| self.table.mark_erased(id.journey(), erasure.at, replacing)).collect();
        stream::iter(rows).buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
        for other in self.table.naming(ids).await? {
            report.items += self.table.redact(&other, &erasure.numbers, ids).await?.items;
        }
        let erasures: Vec<_> = ids.iter().map(|id| self.table.erase_id(id)).collect();
        let add = async |mut sum: Deleted, deleted| {
            sum += deleted;
            Ok(sum)
        };
        let deleted = stream::iter(erasures).buffer_unordered(CONCURRENCY).try_fold(Deleted::default(), add).await?;
        // Mentions whose facts have expired.
        let left = mentions_of_ids(&self.table.mentions_of(number).await?, ids);
        self.table.delete_mentions(&left).await?;
        self.table.finish_erasure(number, ids).await?;
        report.facts += deleted.facts;
        report.items += deleted.items + left.len();
        Ok(())
    }

    /// Erases those of `facts` that belong to an erased journey or to an erased number: they were sent again, or came late.
    pub(crate) async fn erase_again(&self, facts: &[Fact]) -> Result<(), StoreError> {
        let asked: BTreeSet<_> = facts.iter().flat_map(marks).collect();
        let Some(earliest) = facts.iter().map(Fact::earliest).min().filter(|_| !asked.is_empty()) else {
            return Ok(());
        };
        if self.nothing_was_erased_since(earliest).await? {
            return Ok(());
        }
        let rows = self.table.readable_rows(&asked.into_iter().collect::<Vec<_>>()).await?;
        let rows = rows.into_iter().flatten();
        let erased: BTreeMap<_, _> = rows.filter_map(|row| Some((row.journey, row.erased_at()?))).collect();
        let belongs = |fact: &&Fact| marks(fact).any(|mark| erased.get(&mark).is_some_and(|at| is_erased(fact, *at)));
        let belonging: Vec<_> = facts.iter().filter(belongs).collect();
        if belonging.is_empty() { Ok(()) } else { self.table.erase_facts(&belonging).await }
    }

    /// Whether nothing was erased at `time` or later. Facts of a later time need no look at the notes of what they name, and that is
    /// nearly all.
    async fn nothing_was_erased_since(&self, time: DateTime<Utc>) -> Result<bool, StoreError> {
        let note = JourneyId::of_last_erasure();
        let row = self.table.readable_rows(&[note]).await?.pop();
        match row {
            Some(Ok(row)) if row.erased_at().is_none() => {
                // An earlier version may have erased something until now, without this note.
                self.table.mark_erased(note, self.clock.now(), |_| ()).await?;
                Ok(false)
            }
            Some(Ok(row)) => Ok(row.erased_at().is_some_and(|at| at < time)),
            Some(Err(_)) | None => Ok(false),
        }
    }
}

/// Whether one of `numbers` is a customer's. A number whose mentions have expired is nobody's any more, and may be erased.
fn are_customers<'a>(mentions: impl IntoIterator<Item = &'a Mention>, numbers: &[Pseudonym]) -> bool {
    let mut parties = BTreeSet::new();
    for mention in mentions {
        if numbers.contains(&mention.phone.hash) {
            parties.insert(mention.party);
        }
    }
    parties.is_empty() || parties.contains(&Party::Customer)
}

/// Those of `mentions` whose anchor is one of `ids`.
fn mentions_of_ids(mentions: &[NumberMention], ids: &BTreeSet<Id>) -> Vec<NumberMention> {
    let is_of = |mention: &&NumberMention| mention.anchor.as_ref().is_some_and(|id| ids.contains(id));
    mentions.iter().filter(is_of).cloned().collect()
}
