// S3 and SQS for benches, in one process that takes little of a machine: gofakes3 in memory, and of a queue what a reader of it asks for. Tests
// of correctness speak to moto. Prints its address, and ends with its standard input. An argument: how long each answer is to take, as it does where the
// service is elsewhere ("40ms").
package main

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

type message struct {
	id, body, md5 string
	times         int
	visible       time.Time
}

// One queue, whatever it is called.
type queue struct {
	lock    sync.Mutex
	ready   []*message
	hidden  map[string]*message
	arrived chan struct{}
	count   int
}

type entry struct {
	Id, ReceiptHandle, MessageBody string
	VisibilityTimeout              int
}

type request struct {
	QueueName, ReceiptHandle               string
	MaxNumberOfMessages, VisibilityTimeout int
	WaitTimeSeconds                        int
	Entries                                []entry
}

type answer map[string]any

func (q *queue) send(body string) answer {
	sum := md5.Sum([]byte(body))
	q.lock.Lock()
	defer q.lock.Unlock()
	q.count++
	m := &message{id: strconv.Itoa(q.count), body: body, md5: hex.EncodeToString(sum[:])}
	q.ready = append(q.ready, m)
	close(q.arrived)
	q.arrived = make(chan struct{})
	return answer{"MessageId": m.id, "MD5OfMessageBody": m.md5}
}

// What was hidden for long enough is ready again.
func (q *queue) show(now time.Time) {
	for handle, m := range q.hidden {
		if now.After(m.visible) {
			delete(q.hidden, handle)
			q.ready = append(q.ready, m)
		}
	}
}

func (q *queue) receive(r request) answer {
	until := time.Now().Add(time.Duration(r.WaitTimeSeconds) * time.Second)
	for {
		q.lock.Lock()
		now := time.Now()
		if len(q.ready) == 0 {
			q.show(now)
		}
		some := q.ready[:min(max(r.MaxNumberOfMessages, 1), len(q.ready))]
		q.ready = q.ready[len(some):]
		messages := []answer{}
		for _, m := range some {
			m.times++
			m.visible = now.Add(time.Duration(r.VisibilityTimeout) * time.Second)
			handle := fmt.Sprintf("%s-%d", m.id, m.times)
			q.hidden[handle] = m
			messages = append(messages, answer{"MessageId": m.id, "ReceiptHandle": handle, "Body": m.body, "MD5OfBody": m.md5,
				"Attributes": answer{"ApproximateReceiveCount": strconv.Itoa(m.times)}})
		}
		arrived := q.arrived
		q.lock.Unlock()
		if len(messages) > 0 || now.After(until) {
			return answer{"Messages": messages}
		}
		select {
		case <-arrived:
		case <-time.After(min(time.Until(until)+time.Millisecond, time.Second)):
		}
	}
}

func (q *queue) change(handle string, seconds int) {
	if m := q.hidden[handle]; m != nil {
		m.visible = time.Now().Add(time.Duration(seconds) * time.Second)
	}
}

func (q *queue) each(r request, work func(e entry) answer) answer {
	done := []answer{}
	for _, e := range r.Entries {
		said := work(e)
		said["Id"] = e.Id
		done = append(done, said)
	}
	return answer{"Successful": done, "Failed": []answer{}}
}

func (q *queue) locked(work func()) answer {
	q.lock.Lock()
	defer q.lock.Unlock()
	work()
	return answer{}
}

func (q *queue) do(action string, r request, host string) (answer, error) {
	switch action {
	case "CreateQueue":
		return answer{"QueueUrl": "http://" + host + "/queue/" + r.QueueName}, nil
	case "SendMessageBatch":
		return q.each(r, func(e entry) answer { return q.send(e.MessageBody) }), nil
	case "ReceiveMessage":
		return q.receive(r), nil
	case "DeleteMessageBatch":
		return q.each(r, func(e entry) answer { return q.locked(func() { delete(q.hidden, e.ReceiptHandle) }) }), nil
	case "ChangeMessageVisibility":
		return q.locked(func() { q.change(r.ReceiptHandle, r.VisibilityTimeout) }), nil
	case "ChangeMessageVisibilityBatch":
		return q.each(r, func(e entry) answer { return q.locked(func() { q.change(e.ReceiptHandle, e.VisibilityTimeout) }) }), nil
	case "GetQueueAttributes":
		var ready, hidden int
		q.locked(func() { ready, hidden = len(q.ready), len(q.hidden) })
		return answer{"Attributes": answer{"ApproximateNumberOfMessages": strconv.Itoa(ready), "ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden)}}, nil
	}
	return nil, fmt.Errorf("%s is not done here", action)
}

func main() {
	var away time.Duration
	if len(os.Args) > 1 {
		away, _ = time.ParseDuration(os.Args[1])
	}
	s3 := gofakes3.New(s3mem.New()).Server()
	q := &queue{hidden: map[string]*message{}, arrived: make(chan struct{})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(away)
		action, isQueue := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
		if !isQueue {
			s3.ServeHTTP(w, r)
			return
		}
		var asked request
		said, err := answer(nil), json.NewDecoder(r.Body).Decode(&asked)
		if err == nil {
			said, err = q.do(action, asked, r.Host)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		if err != nil {
			w.WriteHeader(400)
			said = answer{"__type": "com.amazonaws.sqs#UnsupportedOperation", "message": err.Error()}
		}
		json.NewEncoder(w).Encode(said)
	}))
	fmt.Println("http://" + listener.Addr().String())
	io.Copy(io.Discard, os.Stdin)
}
