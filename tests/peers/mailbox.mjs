// A mail relay for tests: the published package `smtp-server`, told from outside how to behave.
// One JSON object a line: orders come in on stdin, events go out on stdout. It ends with its stdin.
import fs from 'node:fs';
import readline from 'node:readline';
import { SMTPServer } from 'smtp-server';

const behaviour = {
    encrypted: true, // STARTTLS is offered
    login: null, // [name, password]: who may send
    refuse: null, // code that answers each addressee
    silent: false, // a mail that arrived whole is not answered
    lose: 0, // so many mails arrive whole, and their answer is lost
};
Object.assign(behaviour, JSON.parse(process.argv[2] ?? '{}'));
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const failure = (code) => Object.assign(new Error('no'), { responseCode: code });

const server = new SMTPServer({
    ...(behaviour.encrypted && {
        cert: fs.readFileSync(process.env.PEER_CERTIFICATE),
        key: fs.readFileSync(process.env.PEER_KEY),
    }),
    disabledCommands: behaviour.encrypted ? [] : ['STARTTLS'],
    authOptional: behaviour.login === null,
    onConnect(session, done) {
        tell({ connected: true });
        done();
    },
    onAuth(auth, session, done) {
        const sound = behaviour.login?.[0] === auth.username && behaviour.login?.[1] === auth.password;
        tell({ login: auth.username, sound, secure: session.secure });
        done(sound ? null : failure(535), { user: auth.username });
    },
    onRcptTo(address, session, done) {
        done(behaviour.refuse ? failure(behaviour.refuse) : null);
    },
    onData(stream, session, done) {
        const pieces = [];
        stream.on('data', (piece) => pieces.push(piece));
        stream.on('end', () => {
            const to = session.envelope.rcptTo.map((one) => one.address);
            const from = session.envelope.mailFrom.address;
            tell({ mail: Buffer.concat(pieces).toString('utf8'), from, to, secure: session.secure });
            if (behaviour.silent) return;
            if (behaviour.lose > 0) {
                behaviour.lose -= 1;
                server.connections.forEach((connection) => connection._socket.destroy());
                return;
            }
            done();
        });
    },
});
server.on('error', (error) => tell({ error: error.message }));
server.listen(0, '127.0.0.1', () => tell({ listening: server.server.address().port }));

readline
    .createInterface({ input: process.stdin })
    .on('line', (line) => {
        const order = JSON.parse(line);
        if (order.set) Object.assign(behaviour, order.set);
        tell({ done: true });
    })
    .on('close', () => process.exit(0));
