// An operator's SMSC for tests: the published package `smpp`, told from outside how to behave.
// One JSON object a line: orders come in on stdin, events go out on stdout. It ends with its stdin.
import fs from 'node:fs';
import readline from 'node:readline';
import smpp from 'smpp';

const behaviour = {
    password: 'secret',
    throttle: 0, // so many submissions are answered with « slower »
    refuse: null, // status that answers submissions
    receipt: null, // state of the receipts; none are sent without it
    first: false, // the receipt comes before the answer
    times: 1, // how often a receipt is brought
    hexadecimal: false, // identities in hexadecimal in the answer, in decimal in the receipt
    drop: 0, // the connection is cut at this submission from now, unanswered
    silent: false, // submissions are not answered
    deaf: false, // nothing is answered, not even a sign of life
    hangup: false, // the connection is cut as soon as it is bound
    delay: 0, // milliseconds before an answer
};
Object.assign(behaviour, JSON.parse(process.argv[2] ?? '{}'));

const sessions = new Set();
let last = 1000;
let open = 0; // submissions that are not answered yet
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

function bring(session, id) {
    const text = `id:${id} sub:001 dlvrd:001 submit date:2611211015 done date:2611211016 stat:${behaviour.receipt} err:042 text:`;
    for (let time = 0; time < behaviour.times; time++) {
        session.deliver_sm(
            { esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT, source_addr: '22890000000', short_message: text },
            (answer) => tell({ receipt_answered: answer.command_status, id: String(id) }),
        );
    }
}

function submitted(session, pdu) {
    open += 1;
    const header = pdu.short_message.udh?.map((part) => [...part]) ?? null;
    tell({
        submitted: pdu.short_message.message,
        from: pdu.source_addr,
        from_kind: pdu.source_addr_ton,
        to: pdu.destination_addr,
        coding: pdu.data_coding,
        header,
        registered: pdu.registered_delivery,
        reference: pdu.user_message_reference,
        open,
    });
    if (behaviour.drop > 0 && --behaviour.drop === 0) {
        session.socket.destroy();
        return;
    }
    if (behaviour.silent || behaviour.deaf) return;
    if (behaviour.throttle > 0) {
        behaviour.throttle -= 1;
        open -= 1;
        session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
        return;
    }
    if (behaviour.refuse !== null) {
        open -= 1;
        session.send(pdu.response({ command_status: behaviour.refuse }));
        return;
    }
    const id = ++last;
    const answer = () => {
        open -= 1;
        session.send(pdu.response({ message_id: behaviour.hexadecimal ? id.toString(16).toUpperCase() : String(id) }));
    };
    if (behaviour.receipt && behaviour.first) bring(session, id);
    if (behaviour.delay) setTimeout(answer, behaviour.delay);
    else answer();
    if (behaviour.receipt && !behaviour.first) setTimeout(() => bring(session, id), 20);
}

const files = process.env.PEER_CERTIFICATE
    ? { cert: fs.readFileSync(process.env.PEER_CERTIFICATE), key: fs.readFileSync(process.env.PEER_KEY) }
    : {};
const server = smpp.createServer(files, (session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.on('close', () => {
        sessions.delete(session);
        tell({ closed: true });
    });
    session.on('bind_transceiver', (pdu) => {
        if (behaviour.deaf) return;
        const sound = pdu.password === behaviour.password;
        tell({ bound: sound, system_id: pdu.system_id, version: pdu.interface_version });
        session.send(pdu.response({ command_status: sound ? smpp.ESME_ROK : smpp.ESME_RINVPASWD, system_id: 'test' }));
        if (behaviour.hangup) setTimeout(() => session.socket.destroy(), 5);
    });
    session.on('submit_sm', (pdu) => submitted(session, pdu));
    session.on('enquire_link', (pdu) => {
        tell({ enquired: true });
        if (!behaviour.deaf) session.send(pdu.response());
    });
    session.on('unbind', (pdu) => {
        tell({ unbound: true });
        session.send(pdu.response());
        session.close();
    });
});
server.on('error', (error) => tell({ error: error.message }));
server.listen(Number(process.env.PEER_PORT ?? 0), '127.0.0.1', () => tell({ listening: server.address().port }));

readline
    .createInterface({ input: process.stdin })
    .on('line', (line) => {
        const order = JSON.parse(line);
        if (order.cut) for (const session of sessions) session.socket.destroy();
        if (order.bring) for (const session of sessions) bring(session, order.bring);
        if (order.write) for (const session of sessions) session.deliver_sm({ esm_class: 0, source_addr: '22890112233', short_message: order.write });
        if (order.garbage) for (const session of sessions) session.socket.write(Buffer.from(order.garbage, 'hex'));
        if (order.set) Object.assign(behaviour, order.set);
        tell({ done: true });
    })
    .on('close', () => process.exit(0));
