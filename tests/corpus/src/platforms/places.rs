//! Organizations, queues, agents, flows and phone numbers. Regulators reserve all these number ranges for fiction (Ofcom:
//! 01632 960xxx, 07700 900xxx, 0808 157 0xxx and others).

use cxtrace_fixtures::{SeededRng, genesys};

/// A Genesys Cloud organization and the event bus that receives its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: &'static str,
    /// The region of its bus.
    pub region: &'static str,
    /// Its division.
    pub division: &'static str,
    /// The number that it shows when it calls somebody.
    pub shown: &'static str,
}

/// The contact centre.
pub const HOME: Organization = Organization {
    id: genesys::ORGANIZATION,
    region: genesys::REGION,
    division: "ba40be12-6782-4851-ac08-3cabc903e2b1",
    shown: "+448081570500",
};

/// Its sister across the sea.
pub const SISTER: Organization = Organization {
    id: "e1f7c9d2-0b6a-4c3f-9d58-6a2b4e8f7013",
    region: "us-east-1",
    division: "4d1c7b90-2e58-4f6a-b3a7-90c6e5d8f214",
    shown: "+12025550199",
};

/// The numbers on which customers reach the contact centre.
pub const LINES: [&str; 4] = ["+448081570100", "+448081570101", "+448081570102", "+442079460100"];

/// The number that the AI voice platform hands over to. Customers do not know it.
pub const ESCALATION: &str = "+442079460180";

/// The numbers of the outsourcer. Some customers call them directly.
pub const OUTSOURCER: [&str; 3] = ["+441134960200", "+441134960201", "+441144960202"];

/// The number of the sister organization.
pub const SISTER_LINE: &str = "+12025550140";

/// Companies whose employees all call from one number.
pub const SWITCHBOARDS: [&str; 4] = ["+441214960700", "+441314960710", "+441414960720", "+441514960730"];

/// Where fictional customers live: the digits before the last three.
const CUSTOMERS: [&str; 14] = [
    "+447700900",
    "+441632960",
    "+441134960",
    "+441144960",
    "+441154960",
    "+441164960",
    "+441174960",
    "+441184960",
    "+441214960",
    "+441314960",
    "+441414960",
    "+441514960",
    "+441614960",
    "+441914980",
];

/// A customer's number: one of 14,000, so that some customers share a number within an hour.
pub fn customer(rng: &mut SeededRng) -> String {
    let area = rng.pick(&CUSTOMERS);
    format!("{area}{:03}", rng.below(1_000))
}

/// An Architect flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Its id.
    pub id: &'static str,
    /// Its name, with which its metric attributes begin.
    pub name: &'static str,
    /// Its type, such as `INBOUNDCALL`.
    pub kind: &'static str,
    /// Its published version.
    pub version: &'static str,
    /// The outcome that it reaches or misses.
    pub outcome: &'static str,
    /// A step on the way.
    pub milestone: &'static str,
    /// Its metrics.
    pub metrics: [&'static str; 3],
}

/// The flow that answers.
pub const ROUTING: Flow = Flow {
    id: "0c5be3a1-7a1d-4f86-9b39-2f4f1f6d7c11",
    name: "CustomerRouting",
    kind: "INBOUNDCALL",
    version: "41.0",
    outcome: "52f0d6c8-19aa-4f3e-8d77-b1c0c7a25e30",
    milestone: "8e7fb9d4-3c21-49b5-a6f2-07d15b3ce841",
    metrics: ["Identified", "Unknown", "Transferred"],
};

/// The flow that reports an order's status.
pub const ORDERS: Flow = Flow {
    id: "b7d4c2f9-5e83-4a06-8c1b-91a3e6f0d257",
    name: "Order-Status",
    kind: "INBOUNDCALL",
    version: "17.0",
    outcome: "c3a9e0b5-7f14-4d62-95e8-2b6d8f1a4c73",
    milestone: "19d5c8f7-a0b3-4e26-8f41-d7c2b6e95a08",
    metrics: ["Found", "Not-found", "Self-served"],
};

/// The flow that asks for the code of the web site.
pub const IDENTIFY: Flow = Flow {
    id: "4e9d2c71-f3a8-4b05-9c6e-d27b81f0a5e3",
    name: "Identification",
    kind: "INBOUNDCALL",
    version: "12.0",
    outcome: "90c5a7e2-d14f-4836-8b9a-e3f07c6d152b",
    milestone: "2b6e81d9-47c0-4f3a-a5d8-06e9f1c7b34a",
    metrics: ["Code asked", "Code matched", "Code unknown"],
};

/// The bot that verifies who calls.
pub const VERIFY: Flow = Flow {
    id: "d09a6b1c-48f2-4e5d-b7c3-5f8e2a7190d4",
    name: "auth.bot.v2",
    kind: "BOT",
    version: "9.0",
    outcome: "60e7f3d1-b52c-4a98-8e06-c9d4a1b7f835",
    milestone: "f4c81b7e-6d93-4b0a-a52f-38e0d9c7615b",
    metrics: ["started", "passed", "failed.pin"],
};

/// What plays while a customer waits.
pub const WAITING: Flow = Flow {
    id: "5a8f1e63-c7d0-4b29-9e84-b0d3c6a2f719",
    name: "Waiting",
    kind: "INQUEUECALL",
    version: "5.0",
    outcome: "a1d7c4f0-8b36-4e95-b2c8-7f05e9d3614a",
    milestone: "73b0e5a9-d1f8-4c46-95e7-c2a4b8d06f1e",
    metrics: ["Callback offered", "Callback accepted", "Waited long"],
};

/// Queues of the contact centre.
pub const QUEUES: [&str; 4] = [
    "01565430-262a-4257-84f5-5f98cbfe8d4d",
    "9b3d7e2c-61f8-4a05-b4c9-e8d0a5f7136b",
    "f6c0a8d5-3e97-4b12-8d5f-407be1c9d2a6",
    "2e84d9b7-c053-46f1-a9e6-1c7f5b30d84e",
];

/// The campaign that calls customers back.
pub const CAMPAIGN: &str = "7a4f0e92-b8d3-4c15-96e7-05c1d9f2b38a";

/// People of the contact centre.
pub const AGENTS: [&str; 6] = [
    "d69a00b1-48ff-4436-9f0a-39e0c488d2dc",
    "17f5c3e8-b20d-4a96-8e74-c5d1f09ab362",
    "8ac2d6f4-05e7-4b39-91cd-e3b7f8a06d15",
    "c4e1b97d-f836-4d20-a5b9-6f02d8c7e413",
    "3b70f2a6-9d5c-4e81-b6f4-d8a9c01e527f",
    "e5d8a4c1-72b6-4f09-8c3e-b1f6905da7d2",
];

/// Wrap-up codes.
pub const WRAPUPS: [&str; 3] = ["RESOLVED", "FOLLOW_UP", "7fb334b0-0e9e-11e4-9191-0800200c9a66"];
