// Reads the ledger's part of an unpacked package with the code of Go's checksum database (golang.org/x/mod/sumdb), which shares
// nothing with the program that wrote it: the signature on the checkpoint, every proof, every salted commitment, every chain.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run reader.go FOLDER
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type checkpoint struct {
	size int64
	root tlog.Hash
}

type subject struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

type record struct {
	Seq     int             `json:"seq"`
	Prev    *string         `json:"prev"`
	Subject subject         `json:"subject"`
	Act     string          `json:"act"`
	Change  json.RawMessage `json:"change"`
}

type line struct {
	Salt     []byte          `json:"salt"`
	Record   json.RawMessage `json:"record"`
	Digest   []byte          `json:"digest"`
	Withheld json.RawMessage `json:"withheld"`
}

func read(parts ...string) []byte {
	content, err := os.ReadFile(filepath.Join(parts...))
	must(err, "cannot be read")
	return content
}

func must(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

func fail(format string, values ...interface{}) {
	fmt.Printf("BROKEN "+format+"\n", values...)
	os.Exit(1)
}

// The text of a checkpoint that the log has signed. Lines by others are passed over.
func opened(signed []byte, log note.Verifier, where string) checkpoint {
	read, err := note.Open(signed, note.VerifierList(log))
	must(err, where+": the log's signature")
	lines := strings.Split(read.Text, "\n")
	if len(lines) != 4 || lines[0] != log.Name() {
		fail("%s: not a checkpoint of %s", where, log.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, where+": size")
	root, err := tlog.ParseHash(lines[2])
	must(err, where+": root")
	return checkpoint{size, root}
}

// c2sp.org/tlog-proof@v1: the entry stands where it says, under this very checkpoint.
func proven(proof []byte, entry []byte, log note.Verifier, under checkpoint, where string) int64 {
	at := bytes.Index(proof, []byte("\n\n"))
	if at < 0 {
		fail("%s: no checkpoint", where)
	}
	head := strings.Split(string(proof[:at]), "\n")
	if len(head) < 2 || head[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(head[1], "index ") {
		fail("%s: not a tlog-proof", where)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(head[1], "index "), 10, 64)
	must(err, where+": index")
	path := tlog.RecordProof{}
	for _, text := range head[2:] {
		hash, err := tlog.ParseHash(text)
		must(err, where+": hash")
		path = append(path, hash)
	}
	if opened(proof[at+2:], log, where) != under {
		fail("%s: leads to another checkpoint", where)
	}
	must(tlog.CheckRecord(path, under.size, under.root, index, tlog.RecordHash(entry)), where)
	return index
}

// SHA-256(salt || record as it stands in the file).
func commitment(of line, where string) []byte {
	if len(of.Withheld) > 0 {
		return of.Digest
	}
	if len(of.Salt) != 32 {
		fail("%s: salt of %d bytes", where, len(of.Salt))
	}
	sum := sha256.Sum256(append(append([]byte{}, of.Salt...), of.Record...))
	return sum[:]
}

func checkItem(folder string, log note.Verifier, under checkpoint) int {
	var custody struct {
		Entries []line `json:"entries"`
	}
	where := filepath.Join(folder, "custody.json")
	must(json.Unmarshal(read(where), &custody), where)
	var before []byte
	last := int64(-1)
	digests := []string{}
	for i, entry := range custody.Entries {
		here := fmt.Sprintf("%s event %d", where, i+1)
		digest := commitment(entry, here)
		if len(entry.Withheld) == 0 {
			var said record
			must(json.Unmarshal(entry.Record, &said), here)
			follows := said.Prev == nil && before == nil || said.Prev != nil && *said.Prev == hex.EncodeToString(before)
			if said.Seq != i+1 || !follows {
				fail("%s: does not follow the event before it", here)
			}
		}
		name := filepath.Join(folder, "proofs", fmt.Sprintf("%06d.tlog-proof", i+1))
		index := proven(read(name), digest, log, under, name)
		if index <= last {
			fail("%s: stands in the log before the event that it follows", here)
		}
		before, last = digest, index
		digests = append(digests, hex.EncodeToString(digest))
	}
	if len(digests) == 0 {
		fail("%s: no event", where)
	}
	checkHead(folder, digests, log, under)
	return len(digests)
}

// The map of last events: the item's last event stood in it, or nothing of the item did, and the map's root stands in the log.
func checkHead(folder string, digests []string, log note.Verifier, under checkpoint) {
	where := filepath.Join(folder, "head.json")
	content, err := os.ReadFile(where)
	if os.IsNotExist(err) {
		fmt.Printf("%s: no map of last events\n", folder)
		return
	}
	must(err, where)
	var item struct {
		Subject subject `json:"subject"`
	}
	must(json.Unmarshal(read(folder, "item.json"), &item), folder)
	var file struct {
		V    string `json:"v"`
		Head *struct {
			Subject subject `json:"subject"`
			Seq     int     `json:"seq"`
			Digest  string  `json:"digest"`
		} `json:"head"`
		Other *struct {
			Key   []byte `json:"key"`
			Value []byte `json:"value"`
		} `json:"other"`
		Logged line     `json:"logged"`
		Proof  string   `json:"proof"`
		Hashes [][]byte `json:"hashes"`
	}
	must(json.Unmarshal(content, &file), where)
	// head.json is laid out for people: the record's own bytes are those of its one canonical form.
	file.Logged.Record = canonical(file.Logged.Record, where)
	proven([]byte(file.Proof), commitment(file.Logged, where), log, under, where)
	var said record
	must(json.Unmarshal(file.Logged.Record, &said), where)
	var logged struct {
		Root string `json:"root"`
		Form string `json:"form"`
	}
	must(json.Unmarshal(said.Change, &logged), where)
	if said.Act != "ledger.heads" || logged.Form != "map/1" || file.V != "comity.heads/2" {
		fail("%s: not the map that was logged", where)
	}
	key := sha256.Sum256([]byte(fmt.Sprintf(`{"id":"%s","kind":"%s"}`, item.Subject.ID, item.Subject.Kind)))
	branch := tlog.Hash{}
	if file.Head != nil {
		if file.Head.Subject != item.Subject {
			fail("%s: of another item", where)
		}
		value := sha256.Sum256([]byte(fmt.Sprintf(`{"digest":"%s","seq":%d,"subject":{"id":"%s","kind":"%s"},"v":"comity.head/2"}`,
			file.Head.Digest, file.Head.Seq, item.Subject.ID, item.Subject.Kind)))
		branch = tlog.RecordHash(append(key[:], value[:]...))
	} else if file.Other != nil {
		if bytes.Equal(file.Other.Key, key[:]) {
			fail("%s: the item stands in the map", where)
		}
		for at := range file.Hashes {
			if bit(file.Other.Key, at) != bit(key[:], at) {
				fail("%s: the other leaf stands elsewhere", where)
			}
		}
		branch = tlog.RecordHash(append(append([]byte{}, file.Other.Key...), file.Other.Value...))
	}
	if len(file.Hashes) < 16 || len(file.Hashes) > 256 {
		fail("%s: a path of %d hashes", where, len(file.Hashes))
	}
	for up, sibling := range file.Hashes {
		var each tlog.Hash
		copy(each[:], sibling)
		if bit(key[:], len(file.Hashes)-1-up) == 0 {
			branch = tlog.NodeHash(branch, each)
		} else {
			branch = tlog.NodeHash(each, branch)
		}
	}
	if hex.EncodeToString(branch[:]) != logged.Root {
		fail("%s: does not lead to the root that was logged", where)
	}
	if file.Head != nil && (file.Head.Seq > len(digests) || digests[file.Head.Seq-1] != file.Head.Digest) {
		fail("%s: events are left out at the end", where)
	}
}

func bit(key []byte, at int) byte {
	return key[at/8] >> (7 - at%8) & 1
}

// Sorted members without white space. Go sorts the keys of a map by bytes, which for these records is the order of RFC 8785.
func canonical(raw json.RawMessage, where string) json.RawMessage {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value interface{}
	must(decoder.Decode(&value), where)
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	must(encoder.Encode(value), where)
	return bytes.TrimRight(written.Bytes(), "\n")
}

func main() {
	folder := os.Args[1]
	var policy struct {
		Log struct {
			Vkey string `json:"vkey"`
		} `json:"log"`
	}
	must(json.Unmarshal(read(folder, "policy.json"), &policy), "policy.json")
	log, err := note.NewVerifier(policy.Log.Vkey)
	must(err, "policy.json: the log's key")
	under := opened(read(folder, "ledger", "checkpoint"), log, "ledger/checkpoint")
	fmt.Printf("checkpoint of %s: %d entries, root %s\n", log.Name(), under.size, base64.StdEncoding.EncodeToString(under.root[:]))
	items, err := filepath.Glob(filepath.Join(folder, "items", "*"))
	must(err, "items")
	if len(items) == 0 {
		fail("no item")
	}
	for _, item := range items {
		fmt.Printf("%s: %d events, each in the log\n", filepath.Base(item), checkItem(item, log, under))
	}
	fmt.Println("all good")
}
