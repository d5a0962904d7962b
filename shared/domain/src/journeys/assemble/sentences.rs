//! Every sentence about a journey: outcomes, summaries, insights, reasons of gaps, and what was left out. No other file words
//! one, so one thing has one wording. Texts of sources occur only in what is filled in.

/// Declares a function for each sentence, and lists them all.
macro_rules! sentences {
    ($($(#[doc = $about:literal])* $name:ident($($value:ident),*) = $text:literal;)*) => {
        $(
            $(#[doc = $about])*
            pub(super) fn $name($($value: impl std::fmt::Display),*) -> String {
                std::fmt::format(format_args!($text))
            }
        )*

        /// The name and the text of each. What is filled in stands in braces.
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $text)),*];
    };
}

sentences! {
    // How it ended. A `place` that is not known is empty, otherwise it begins with a space.
    in_progress(place) = "In progress: the customer is {place}.";
    in_progress_unseen() = "In progress: no source reports where the customer is.";
    dropped(place, after) = "Dropped{place}, {after} after the start.";
    ended(place, after) = "Ended{place}, {after} after the start.";
    ended_by_a_fault(place, after) = "Ended by a fault{place}, {after} after the start.";
    abandoned(place, after) = "Abandoned{place}, {after} after the start.";
    last_seen(place, after) = "Last seen{place}, {after} after the start: no source reported the end.";
    last_seen_at_the_start(place) = "Last seen{place} at the start: no source reported the end.";
    /// A source reported that nobody answered.
    transfer_reached_nobody(after) = "Ended in a transfer, {after} after the start: it reached nobody.";
    /// Nobody answered for as long as a phone rings, or the customer left sooner.
    transfer_unanswered(after) = "Ended in a transfer, {after} after the start: no source reported an answer.";
    /// The line stayed up for longer than a phone rings.
    transferred_away(after) = "Ended in a transfer, {after} after the start: no source reported who answered.";
    unseen() = "No source reported where the customer was.";
    metrics_alone(metrics, flows) = "{metrics} of {flows}; no call data. Add the other topics to see the call.";

    // How long the customer waited. A wait that goes on is in no sum, so the others were earlier.
    waited(time, queue, hold) = "Waited {time}: queue {queue}, hold {hold}.";
    waited_in_queue(time) = "Waited {time} in the queue.";
    waited_on_hold(time) = "Waited {time} on hold.";
    waited_earlier(time, queue, hold) = "Waited {time} earlier: queue {queue}, hold {hold}.";
    waited_in_queue_earlier(time) = "Waited {time} in the queue earlier.";
    waited_on_hold_earlier(time) = "Waited {time} on hold earlier.";

    // Which platforms saw a dropped call end.
    one_saw_the_end(platform) = "{platform} saw the call end.";
    first_saw_the_end(platform, later) = "{platform} saw the call end first, {later}.";
    /// The clocks cannot tell who was first.
    all_saw_the_end(platforms) = "{platforms} saw the call end at about the same time.";
    some_saw_the_end(platforms, later) = "{platforms} saw the call end at about the same time, {later}.";

    // Where the customer was, and for how long.
    on_one(platform, places) = "On {platform}: {places}.";
    earlier_on_one(platform, places) = "Earlier on {platform}: {places}.";
    on_several(first, others) = "On {first}, then on {others}.";
    on_many(first, last, legs) = "From {first} to {last} in {legs}.";
    in_all(places) = "In all: {places}.";
    earlier(places) = "Earlier: {places}.";

    // What else there is.
    one_more() = "There is 1 more warning or error.";
    more(count) = "There are {count} more warnings or errors.";
    unseen_for(time) = "For {time} no source reported where the customer was.";
    between_two_contacts(time) = "{time} passed between two contacts.";
    between_contacts(time) = "In all, {time} passed between contacts.";

    // Insights.
    call_dropped(place, after, endings) = "The call dropped{place}, {after} after the start. {endings}";
    failed_transfer(which, reason) = "A transfer {which} reached nobody{reason}.";
    unanswered_transfer(which, reason) = "No source reported an answer to a transfer {which}{reason}.";
    left_queue(time) = "The customer left the queue after a wait of {time}.";
    left_queue_unseen() = "The customer left the queue.";
    long_wait(time) = "The customer waited {time} in the queue.";
    long_wait_goes_on(time) = "The customer has waited in the queue for at least {time}.";
    long_gap(time, reason) = "A gap of {time}: {reason}";
    slow_request(name, platform, time) = "{name} on {platform} was slow: it took {time}.";
    slow_request_failed(name, platform, time) = "{name} on {platform} was slow and failed: it took {time}.";
    slow_requests(name, platform, times, time) = "{name} on {platform} was slow {times}: it took up to {time}.";
    slow_requests_failed(name, platform, times, failed, time) =
        "{name} on {platform} was slow {times} and failed {failed}: it took up to {time}.";
    escalated(platform, to, time) =
        "The AI agent on {platform} handed the customer over to {to} after a conversation of {time}.";
    repeated_handoffs(count) = "The customer was handed over {count} times, between agents or platforms.";
    clock_ahead(source, time, reference) = "The clock of {source} is {time} ahead of the clock of {reference}. The corrected times of {source} are {time} earlier than the reported ones.";
    clock_behind(source, time, reference) = "The clock of {source} is {time} behind the clock of {reference}. The corrected times of {source} are {time} later than the reported ones.";
    silent_about_id(sources, namespace, silent) = "{sources} named a {namespace}, but {silent} reported nothing about it.";
    silent_about_ids(sources, count, namespace, silent) =
        "{sources} named {count} ids of {namespace}, but {silent} reported nothing about them.";
    endless(source, what) = "{source} did not report when {what} ended.";
    quarantined_id(namespace) = "Too many journeys share the same {namespace}, so it joined nothing.";
    quarantined_ids(count, namespace) = "Too many journeys share {count} ids of {namespace}, so they joined nothing.";

    // Reasons of gaps.
    normal_step(longest, from, to) = "A step of up to {longest} from {from} to {to} is normal.";
    clocks_differ(one, other, time) = "The clocks of {one} and {other} differ by {time}. This gap is not longer than that.";
    before_call_back(time) = "This is the time before the call-back that was scheduled for {time}.";
    pause_in_writing() = "Long pauses are normal in messages and e-mails.";
    ended_already(platform) = "The call had already ended. {platform} noticed the end later.";
    sent_outside(who) = "{who} transferred the customer to an outside number. No source reports from there.";
    may_still_come(source, time) = "{source} may still report what happened. It can be up to {time} late.";
    waiting_between(from, to) = "The customer was waiting between {from} and {to}.";
    next_contact(time) = "The next contact began {time} later.";
    next_contact_on(time, platform) = "The next contact began {time} later, on {platform}.";
    end_not_reported(what) = "No source reported when {what} ended.";
    nothing_reported(from, to) = "No source reported what happened between {from} and {to}.";

    // What was left out.
    too_many_ids(source, most) =
        "{source} links so much to this journey that it would have more than {most} ids. The links of {source} are left out.";
    too_many_links(source, most) =
        "{source} links an id of this journey with more than {most} others. These links of {source} are left out.";
    too_many_links_of_ids(source, ids, most) =
        "{source} links each of {ids} ids of this journey with more than {most} others. These links of {source} are left out.";
    too_many_spans(source, most, further) =
        "{source} sent more than {most} spans of this journey. {further} further reports are left out.";
    too_many_bytes(source, megabytes, further) =
        "{source} sent more than {megabytes} MB about this journey. {further} further reports are left out.";
}
